import { node, t } from '@tinybirdco/sdk';

/**
 * Sets each figure of a window beside its own of the window before: one row a figure, in a fixed order. Needs a
 * node `periods` with one row each for `is_before` 0 and 1, and `figures`, an array of (metric, value).
 */
export const comparedFigures = node({
  name: 'summary',
  sql: `
SELECT
  figure.1 AS metric,
  maxIf(figure.2, is_before = 0) AS value,
  maxIf(figure.2, is_before = 1) AS value_before,
  (value - value_before) / nullIf(value_before, 0) AS change
FROM periods
ARRAY JOIN figures AS figure, arrayEnumerate(figures) AS place
GROUP BY metric
ORDER BY min(place)`,
});

export const figureTypes = {
  metric: t.string(),
  value: t.float64().nullable(),
  value_before: t.float64().nullable(),
  change: t.float64().nullable(),
};
