/** SQL: figures of the window next to those of the window before. */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';

/**
 * Compares each figure of a window with the same figure of the window before: one row per figure, in a fixed order. In
 * a window without rows, each figure has the value of its expression over no rows.
 *
 * @param figures expressions over the sources, by metric
 * @param sources nodes, or SELECTs with a name, of at most one row for each `is_before`, 0 and 1
 */
export const comparedFigures = (
  figures: Readonly<Record<string, string>>,
  sources: readonly string[],
): NodeDefinition[] => [
  node({
    name: 'periods',
    description:
      'The figures of both windows, one row per window; a window without rows has zeros and unknowns',
    sql: `
SELECT
  is_before,
  [
    ${Object.entries(figures)
      // The type of the first one is the type of all.
      .map(
        ([metric, value], place) =>
          `('${metric}', ${place === 0 ? `CAST(${value}, 'Nullable(Float64)')` : value})`,
      )
      .join(',\n    ')}
  ] AS figures
FROM (SELECT arrayJoin([0, 1]) AS is_before) AS both
${sources.map((source) => `LEFT JOIN ${source} USING (is_before)`).join('\n')}`,
  }),
  node({
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
  }),
];

export const figureTypes = {
  metric: t.string(),
  value: t.float64().nullable(),
  value_before: t.float64().nullable(),
  change: t.float64().nullable(),
};
