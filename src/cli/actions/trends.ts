/** `atel trends`: cost and usage per period. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { storeMoment } from '../../base/time/store-time.js';
import { periodNames, type Period } from '../../pipes/parts/period-names.js';
import { heading, emptyLines, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { UsageError, type AskedWindow } from '../shared/options.js';
import { readTrendWindow } from '../shared/trend-window.js';
import { bar } from '../render/numbers.js';
import { sparkline } from '../render/sparkline.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import type { trendsSchema } from '../../schemas.js';
import { hasWorkIn, PARTIAL, workSparkLines, workTrendLines } from '../views/work-lines.js';
import { unpricedLine } from './summary.js';
import type { trends } from '../commands/trends.js';
import type { OptionsOf } from '../shared/command.js';

export type TrendsOptions = OptionsOf<typeof trends.flags>;

/** The default window of each kind of period. */
export const REACH: Record<Period, string> = { hourly: '24h', daily: '14d', weekly: '84d', monthly: '365d' };

/** Shows how cost and usage developed, with one row per period, including empty ones. */
export async function run(options: TrendsOptions, desk: Desk): Promise<void> {
  const period = readPeriod(options);
  const window = readTrendWindow(options, period, desk.now, REACH[period]);
  const params = { ...window.params, period, timezone: window.timezone };
  const [periods, ofOwnTools] = await Promise.all([
    desk.asker.ask('costTrend', params),
    desk.asker.ask('workTrend', params),
  ]);
  const isWorkKnown = hasWorkIn(ofOwnTools);
  const work = isWorkKnown ? ofOwnTools : [];
  const json = { window: windowJson(answeredWindow(window, periods)), period, periods, work };
  await printAnswer<typeof trendsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading(trendTitle(period), window, terminal), ''];
    if (periods.every(({ request_count: requests }) => requests === 0) && !isWorkKnown)
      return [...head, ...(await emptyLines('requests', window, desk))];
    const shown = withoutEmptyStart(periods, work);
    // Both have the same periods.
    const shownWork = isWorkKnown ? work.slice(-shown.length) : [];
    const unpriced = periods.some(({ unpriced_requests: requests }) => requests > 0);
    return [
      ...head,
      ...sparkLines(shown, terminal),
      ...(isWorkKnown ? workSparkLines(shownWork, terminal) : []),
      '',
      ...table(shown, columnsOf(shown, terminal), terminal),
      ...(shown.length < periods.length ? [terminal.paint.dim(leftOut(periods.length - shown.length))] : []),
      ...(unpriced
        ? periods.flatMap((row) =>
            unpricedLine(row.unpriced_requests, terminal).map((line) => `${row.period_start}: ${line}`),
          )
        : []),
      ...(isWorkKnown ? ['', ...workTrendLines(shownWork, terminal)] : []),
      ...(shown.some(({ is_partial: partial }) => partial === 1) ? [terminal.paint.dim(PARTIAL)] : []),
    ];
  });
}

/** The window as it was answered: a rolling one begins with the first whole period. */
function answeredWindow(window: AskedWindow, periods: readonly Row[]): AskedWindow {
  const first = periods[0] === undefined ? window.from : storeMoment(periods[0].starts_at);
  return window.params.days === undefined ? window : { ...window, from: first };
}

/** The periods, starting with the first that has requests or work. */
function withoutEmptyStart(periods: readonly Row[], work: readonly Work[]): readonly Row[] {
  const first = periods.findIndex(
    ({ request_count: requests, starts_at: at }) =>
      requests > 0 || work.some((one) => one.starts_at === at && (one.task_runs > 0 || one.commands > 0)),
  );
  return periods.slice(Math.max(0, first));
}

function leftOut(periods: number): string {
  return `${plural(periods, 'period')} before the first with data ${periods === 1 ? 'is' : 'are'} not shown.`;
}

export function trendTitle(period: Period): string {
  return `${period.charAt(0).toUpperCase()}${period.slice(1)} trend`;
}

type Row = z.infer<typeof trendsSchema>['periods'][number];
type Work = z.infer<typeof trendsSchema>['work'][number];

/** @throws {UsageError} */
export function readPeriod(options: TrendsOptions): Period {
  const named = periodNames.filter((period) => options[period] === true);
  const asked = options.period === undefined ? named : [...named, options.period];
  const [first = 'daily', ...others] = new Set(asked);
  if (others.length > 0) throw new UsageError(`a trend is ${asked.join(' or ')}, not both`);
  const period = periodNames.find((one) => one === first);
  if (period === undefined) throw new UsageError(`--period takes ${periodNames.join(', ')}, not "${first}"`);
  return period;
}

/** Each series as a sparkline; a long series is cut to its end, which matters most. */
function sparkLines(periods: readonly Row[], terminal: Terminal): string[] {
  const series: [string, (row: Row) => number | null][] = [
    ['Cost', (row) => row.total_cost_usd],
    ['Tokens', (row) => row.total_tokens],
    ['Sessions', (row) => row.sessions],
  ];
  return series.map(([name, of]) => {
    const line = sparkline(periods.slice(-(terminal.width - 10)).map(of));
    return name.padEnd(10) + terminal.paint.cyan(line);
  });
}

function columnsOf(periods: readonly Row[], terminal: Terminal): Column<Row>[] {
  const money = usdColumn(periods.map((row) => row.total_cost_usd));
  const { paint } = terminal;
  const barWidth = Math.max(4, Math.min(30, terminal.width - 60));
  const columns: Column<Row>[] = [
    {
      title: 'From',
      cell: (row) => row.period_start + (row.is_partial === 1 ? ' *' : ''),
    },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
    {
      title: '',
      cell: (row) => bar(row.cost_share_of_largest, barWidth).padEnd(barWidth),
      paint: (cell) => paint.cyan(cell),
    },
    { title: 'Sessions', align: 'right', cell: (row) => grouped(row.sessions) },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count) },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    {
      title: 'Cached',
      align: 'right',
      cell: (row) => (row.cache_hit_rate === null ? '–' : percent(row.cache_hit_rate)),
      spare: 1,
    },
  ];
  return columns;
}
