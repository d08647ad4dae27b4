/** `atel daily`, `weekly` and `monthly`: tokens and cost by period, as a table with a total. */
import type * as z from 'zod/mini';
import type { Period } from '../../pipes/parts/period-names.js';
import type { reportSchema } from '../../schemas.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { ReportOptions } from '../shared/report-options.js';
import { readTrendWindow } from '../shared/trend-window.js';
import { shortModels, usageColumns } from '../views/usage-table.js';
import { priceNotes, unpricedLine } from './summary.js';

type ReportPeriod = Exclude<Period, 'hourly'>;

const TITLES: Record<ReportPeriod, [report: string, column: string]> = {
  daily: ['Daily usage', 'Day'],
  weekly: ['Weekly usage', 'Week from'],
  monthly: ['Monthly usage', 'Month'],
};

/** The default window of each report, as its option names it. */
const REACH: Record<ReportPeriod, string> = { daily: '30d', weekly: '84d', monthly: '365d' };

/** Makes the action of a report: one row per period with requests, and the total. */
export function periodReport(period: ReportPeriod) {
  return async (options: ReportOptions, desk: Desk): Promise<void> => {
    const window = readTrendWindow(options, period, desk.now, REACH[period]);
    const rows = await desk.asker.ask('costByPeriod', {
      ...window.params,
      period,
      timezone: window.timezone,
    });
    const json = { window: windowJson(window), period, rows };
    await printAnswer<typeof reportSchema>(desk, options, json, async () => {
      const { terminal } = desk;
      const [title] = TITLES[period];
      const head = [...heading(title, window, terminal), ''];
      if (rows.length === 0) return [...head, ...(await emptyLines('requests', window, desk))];
      const total = rows.filter(({ level }) => level === 'total');
      return [
        ...head,
        ...reportTable(rows, period, options.breakdown === true, terminal),
        ...total.flatMap((row) => unpricedLine(row.unpriced_requests, terminal)),
        ...priceNotes(total, terminal),
      ];
    });
  };
}

type Row = z.infer<typeof reportSchema>['rows'][number];

function reportTable(
  rows: readonly Row[],
  period: ReportPeriod,
  withModels: boolean,
  terminal: Terminal,
): string[] {
  const { paint } = terminal;
  const [, column] = TITLES[period];
  const shown = withModels ? rows : rows.filter(({ level }) => level !== 'model');
  const name = (start: string) => (period === 'monthly' ? start.slice(0, 7) : start);
  const short = shortModels(rows.filter(({ level }) => level === 'model').map(({ model }) => model));
  const models = new Map<string, string[]>();
  for (const { level, period_start: start, model } of rows) {
    if (level === 'model') models.set(start, [...(models.get(start) ?? []), short(model)]);
  }
  const columns: Column<Row>[] = [
    {
      title: column,
      cell: ({ level, period_start: start, model }) => {
        if (level === 'total') return 'Total';
        return level === 'model' ? `  ${short(model)}` : name(start);
      },
      ...(withModels ? { shrinksTo: 10 } : {}),
      paint: (cell, { level }) =>
        level === 'total' || (withModels && level === 'period') ? paint.bold(cell) : cell,
    },
    ...(withModels
      ? []
      : [
          {
            title: 'Models',
            cell: ({ period_start: start }: Row) => [...new Set(models.get(start))].join(', '),
            shrinksTo: 8,
          },
        ]),
    ...usageColumns(shown),
  ];
  return table(shown, columns, terminal);
}
