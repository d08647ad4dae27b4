/** Shows figures next to those of the previous period. */
import type * as z from 'zod/mini';
import { changeOf, isBetter, pointsOf } from '../../base/format/changes.js';
import { percent } from '../../base/format/shares.js';
import { changeText, known } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import type { metricsSchema } from '../../schemas.js';

/** Rows of usage_summary or task_summary. */
export type Metric = z.infer<typeof metricsSchema>[number];

/** How each metric is shown, in this order, and whether an increase is good. */
export type ShownMetrics = Readonly<
  Record<string, { title: string; show: (value: number) => string; more?: 'good' | 'bad' }>
>;

/** A table of figures, each next to the one of the previous period. Metrics that are not in `shown` are left out. */
export function metricLines(metrics: readonly Metric[], shown: ShownMetrics, terminal: Terminal): string[] {
  const byName = new Map(metrics.map((metric) => [metric.metric, metric]));
  const rows = Object.entries(shown).flatMap(([name, how]) => {
    const metric = byName.get(name);
    return metric === undefined ? [] : [{ ...how, ...metric }];
  });
  const { paint } = terminal;
  const changed = ({ show, value, value_before: before, change }: (typeof rows)[number]) =>
    show === percent ? pointsOf(value, before) : changeOf(change);
  const columns: Column<(typeof rows)[number]>[] = [
    { title: '', cell: ({ title }) => title },
    {
      title: 'this period',
      align: 'right',
      cell: (row) => known(row.value, row.show),
      paint: (cell, { title }) => (title.startsWith(' ') ? cell : paint.bold(cell)),
    },
    {
      title: 'previous period',
      align: 'right',
      cell: (row) => known(row.value_before, row.show),
      paint: (cell) => paint.dim(cell),
    },
    {
      title: 'change',
      align: 'right',
      cell: (row) => changeText(changed(row)),
      paint: (cell, row) => {
        const better = isBetter(changed(row), row.more);
        return better === null ? cell : better ? paint.green(cell) : paint.red(cell);
      },
    },
  ];
  return table(rows, columns, terminal);
}
