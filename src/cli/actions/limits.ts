/** `atel limits`: how far the plan's limits are used, when they run out, and what the current period was used for. */
import type * as z from 'zod/mini';
import { limitName } from '../../api/limit-name.js';
import { plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import type { limitsSchema } from '../../schemas.js';
import type { limits } from '../commands/limits.js';
import { bar } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain, wrap } from '../render/text.js';
import { clock, headingOf, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow, storeMoment, UsageError, type AskedWindow } from '../shared/options.js';
import { shortModels, type Usage } from '../views/usage-table.js';
import { askTotal, partTable } from './part-report.js';

type Answer = z.infer<typeof limitsSchema>;
type Period = Answer['limits'][number];

/** The most parts that are shown. */
const MOST_PARTS = 15;

/** Shows each limit's current period, what the most used one was used for, and with `--past` the earlier periods. */
export async function run(options: OptionsOf<typeof limits.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const rows = await desk.asker.ask('limitWindows', window.params);
  const broken = chosen(rows, options.limit);
  const spent = broken === undefined ? undefined : periodWindow(broken, window);
  const [parts, total] =
    spent === undefined
      ? [[], null]
      : await Promise.all([
          desk.asker.ask('usageBreakdown', { ...spent.params, group_by: options.by }),
          askTotal(desk, spent),
        ]);
  const json = {
    window: windowJson(window),
    limits: rows,
    limit: broken?.limit ?? null,
    by: options.by,
    parts,
    total,
  };
  await printAnswer<typeof limitsSchema>(desk, options, json, () => {
    const { terminal } = desk;
    const title = headingOf('Limits', `${window.title} (${window.timezone}).`, terminal);
    const now = window.to?.getTime() ?? desk.now;
    if (rows.length === 0) return [...title, '', ...noReadings(terminal)];
    return [
      ...title,
      '',
      ...currentTable(rows.filter(isCurrent), now, window.timezone, terminal),
      ...errorLines(rows, terminal),
      ...(broken === undefined || total === null
        ? []
        : ['', ...usedFor(broken, options.by, parts, total, window.timezone, terminal)]),
      ...(options.past === true ? ['', ...pastTable(rows, window.timezone, terminal)] : []),
    ];
  });
}

const isCurrent = ({ is_current: current }: Period) => current === 1;

/** The current period to break down: of the limit that was asked for, else the most used one with a known beginning. */
function chosen(rows: readonly Period[], name: string | undefined): Period | undefined {
  const current = rows.filter((row) => isCurrent(row) && row.started_at !== null);
  if (name === undefined) return current.sort((a, b) => b.used - a.used)[0];
  const found = current.find(({ limit }) => limit === name);
  if (found !== undefined || rows.length === 0) return found;
  const known = current.map(({ limit }) => limit).join(', ');
  throw new UsageError(
    `--limit takes a limit with a current period (${known === '' ? 'there is none' : known}), not "${name}"`,
  );
}

/** The window from the beginning of a period to the end of the requested one. */
function periodWindow({ started_at: start }: Period, { params, ...window }: AskedWindow): AskedWindow {
  const from = storeMoment(start ?? '');
  const { to } = params;
  return { ...window, params: to === undefined ? { from } : { from, to }, from };
}

const nameOf = ({ limit }: Period) => limitName(limit);

function currentTable(rows: readonly Period[], now: number, timezone: string, terminal: Terminal): string[] {
  const { paint } = terminal;
  const columns: Column<Period>[] = [
    { title: 'Limit', cell: nameOf, shrinksTo: 8 },
    { title: 'Used', align: 'right', cell: ({ used }) => percent(used) },
    {
      title: '',
      cell: ({ used }) => bar(Math.min(used, 1), 10).padEnd(10),
      paint: (cell, { used }) => (used >= 0.9 ? paint.red(cell) : cell),
      spare: 1,
    },
    {
      title: 'Of',
      cell: ({ used_usd: spent, limit_usd: most }) =>
        spent === null || most === null ? '' : `${usd(spent)} of ${usd(most)} USD`,
    },
    {
      title: 'Resets',
      cell: ({ resets_at: at }) =>
        at === null ? 'unknown' : `in ${duration(storeMoment(at).getTime() - now)}`,
    },
    {
      title: 'Pace',
      align: 'right',
      cell: ({ pace_per_hour: pace }) => (pace === null ? '–' : `${percent(pace)}/h`),
      spare: 2,
    },
    {
      title: 'At reset',
      align: 'right',
      cell: ({ forecast_used: forecast }) => (forecast === null ? '–' : percent(forecast)),
    },
    {
      title: 'Runs out',
      cell: (row) => runsOut(row, timezone),
      paint: (cell, { runs_out_at: at, reached_at: reached }) =>
        at !== null || reached !== null ? paint.red(cell) : cell,
    },
    {
      title: 'Seen',
      cell: ({ last_seen_at: at }) => `${duration(Math.max(0, now - storeMoment(at).getTime()))} ago`,
      spare: 3,
    },
  ];
  // A column about money is for limits in money.
  const withMoney = rows.some(({ limit_usd: most }) => most !== null);
  return table(
    rows,
    columns.filter(({ title }) => title !== 'Of' || withMoney),
    terminal,
  );
}

function runsOut(
  { reached_at: reached, runs_out_at: at, forecast_used: forecast }: Period,
  timezone: string,
) {
  if (reached !== null) return `ran out ${clock(storeMoment(reached), timezone)}`;
  if (at !== null) return clock(storeMoment(at), timezone);
  return forecast === null ? '–' : 'not before';
}

/** How far forecasts were off. */
function errorLines(rows: readonly Period[], { paint, width }: Terminal): string[] {
  const seen = new Set<string>();
  const errors = rows.flatMap((row) => {
    const { limit, forecast_error: error, forecast_periods: periods } = row;
    if (seen.has(limit) || error === null) return [];
    seen.add(limit);
    const of = `${nameOf(row)}, ${plural(periods, 'earlier period')}`;
    return [`${plural(Math.round(error * 100), 'point')} (${of})`];
  });
  if (errors.length === 0) return [];
  return wrap(`Forecasts at half of a period were off by a median of ${errors.join(', ')}.`, width).map(
    (line) => paint.dim(line),
  );
}

function usedFor(
  period: Period,
  by: Answer['by'],
  parts: Answer['parts'],
  total: Usage,
  timezone: string,
  terminal: Terminal,
): string[] {
  const since = clock(storeMoment(period.started_at ?? ''), timezone);
  const title = headingOf(
    `Used in the current ${nameOf(period)}`,
    `since ${since}, most expensive first.`,
    terminal,
    'List prices, USD.',
  );
  if (parts.length === 0) return [...title, 'No requests were recorded in this period.'];
  const short = by === 'model' ? shortModels(parts.map(({ part }) => part)) : (name: string) => name;
  const column = `${by[0]?.toUpperCase()}${by.slice(1).replace('_', ' ')}`;
  const more = parts.length - MOST_PARTS;
  return [
    ...title,
    ...partTable(column, parts.slice(0, MOST_PARTS), ({ part }) => short(part), total, terminal),
    ...(more > 0 ? [terminal.paint.dim(`and ${plural(more, 'more part')} (--json names all)`)] : []),
  ];
}

function pastTable(rows: readonly Period[], timezone: string, terminal: Terminal): string[] {
  const past = rows.filter((row) => !isCurrent(row));
  if (past.length === 0) return ['No earlier period in this window: a longer --since shows more.'];
  const show = (at: string | null) => (at === null ? 'unknown' : clock(storeMoment(at), timezone));
  const columns: Column<Period>[] = [
    { title: 'Earlier', cell: nameOf, shrinksTo: 8 },
    { title: 'From', cell: ({ started_at: at }) => show(at) },
    { title: 'To', cell: ({ resets_at: at }) => show(at) },
    { title: 'Used', align: 'right', cell: ({ used }) => percent(used) },
    {
      title: 'Ran out',
      cell: ({ reached_at: at }) => (at === null ? '' : show(at)),
      paint: (cell) => terminal.paint.red(cell),
    },
  ];
  return table(past, columns, terminal);
}

/** Where readings come from. */
function noReadings({ width }: Terminal): string[] {
  return wrap(
    plain(
      "No reading of a limit in this period. Claude Code tells the limits of a subscription to its status line: atel init --statusline sets atel's, which keeps them. A longer --since shows older ones.",
    ),
    width,
  );
}
