/** SQL: figures of the window next to those of the window before. */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';
import { namedRows } from './list-of.js';

export const figureTypes = {
  metric: t.string(),
  value: t.float64().nullable(),
  value_before: t.float64().nullable(),
  change: t.float64().nullable(),
};

/** The change of a figure, as a share of its value before. */
const change = (value: string, before: string) => `(${value} - ${before}) / nullIf(${before}, 0)`;

/**
 * The figures of both windows, one row per window. In a window without rows, each figure has the value of its expression
 * over no rows.
 *
 * @param figures expressions over the sources, by metric
 * @param sources nodes, or SELECTs with a name, of at most one row for each `is_before`, 0 and 1
 * @param lists further columns of the sources
 */
const bothWindows = (
  figures: Readonly<Record<string, string>>,
  sources: readonly string[],
  lists: readonly string[] = [],
): NodeDefinition =>
  node({
    name: 'both_windows',
    description:
      'The figures of both windows, one row per window; a window without rows has zeros and unknowns',
    sql: `
SELECT
  is_before,
  ${lists.map((list) => `${list},`).join('\n  ')}
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
  });

/** Compares each figure of a window with the same figure of the window before: one row per figure, in a fixed order. */
export const comparedFigures = (
  figures: Readonly<Record<string, string>>,
  sources: readonly string[],
): NodeDefinition[] => [
  bothWindows(figures, sources),
  node({
    name: 'summary',
    sql: `
SELECT
  figure.1 AS metric,
  maxIf(figure.2, is_before = 0) AS value,
  maxIf(figure.2, is_before = 1) AS value_before,
  ${change('value', 'value_before')} AS change
FROM both_windows
ARRAY JOIN figures AS figure, arrayEnumerate(figures) AS place
GROUP BY metric
ORDER BY min(place)`,
  }),
];

/**
 * The same figures in one row, as the list `metrics`, with further lists of the window beside it.
 *
 * @param lists columns of the sources that hold rows, by the names of the lists
 */
export const comparedFiguresWith = (
  lists: Readonly<Record<string, string>>,
  figures: Readonly<Record<string, string>>,
  sources: readonly string[],
): NodeDefinition[] => [
  bothWindows(figures, sources, Object.values(lists)),
  node({
    name: 'overview',
    sql: `
SELECT
  ${namedRows(
    figureTypes,
    `arrayMap(
    (now, before) -> (now.1, now.2, before.2, ${change('now.2', 'before.2')}),
    anyIf(figures, is_before = 0),
    anyIf(figures, is_before = 1)
  )`,
  )} AS metrics,
  ${Object.entries(lists)
    .map(([list, column]) => `anyIf(${column}, is_before = 0) AS ${list}`)
    .join(',\n  ')}
FROM both_windows`,
  }),
];
