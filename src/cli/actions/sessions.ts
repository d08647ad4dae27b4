/** `atel sessions`: a list of sessions. */
import type * as z from 'zod/mini';
import { pageWith, readPlace } from '../../base/pages.js';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { afterSession, placeInCursor, sessionCursor } from '../../pipes/parts/session-place.js';
import { sessionOrders, sessionSorts, type SessionSort } from '../../pipes/parts/session-sorts.js';
import { sessionStatuses } from '../../pipes/parts/session-status.js';
import { clock, heading, emptyLines, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { readCount, readWindow, storeMoment, UsageError, type AskedWindow } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import { shortModels } from '../views/usage-table.js';
import type { Terminal } from '../render/terminal.js';
import type { sessionsSchema } from '../../schemas.js';
import type { sessions } from '../commands/sessions.js';
import type { OptionsOf } from '../shared/command.js';

/** Lists sessions, sorted by one figure, one page at a time. */
export async function run(options: OptionsOf<typeof sessions.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const limit = readCount('--limit', options.limit, 1_000);
  if (options.status !== undefined && !sessionStatuses.some((one) => one === options.status)) {
    throw new UsageError(`--status takes ${sessionStatuses.join(', ')}, not "${options.status}"`);
  }
  const sort = sessionSorts.find((one) => one === options.sort);
  if (sort === undefined)
    throw new UsageError(`--sort takes ${sessionSorts.join(', ')}, not "${options.sort}"`);
  const order = sessionOrders.find((one) => one === options.order);
  if (order === undefined)
    throw new UsageError(`--order takes ${sessionOrders.join(', ')}, not "${options.order}"`);
  const by = { sort, order };
  const after = options.cursor === undefined ? undefined : placeInCursor(readPlace(options.cursor) ?? [], by);
  if (options.cursor !== undefined && after === undefined)
    throw new UsageError(
      '--cursor takes the cursor that the previous page printed, with the same --sort and --order',
    );
  const found = await desk.asker.ask('sessionList', {
    ...window.params,
    ...(options.status === undefined ? {} : { status: options.status }),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(after === undefined ? {} : afterSession(after)),
    ...by,
    // One row more shows whether another page follows.
    limit: limit + 1,
  });
  const { page, cursor } = pageWith(found, limit, (row) => sessionCursor(row, by));
  const json = { window: windowJson(window), sessions: page, next_cursor: cursor };
  await printAnswer<typeof sessionsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Sessions', window, terminal), ''];
    if (page.length === 0) return [...head, ...(await emptyLines('sessions', window, desk))];
    return [
      ...head,
      ...sessionTable(page, sort, window, terminal),
      ...(cursor === null
        ? []
        : ['', terminal.paint.dim('There are more. The next page:'), `  --cursor ${cursor}`]),
    ];
  });
}

/** A row of the table of sessions. */
export type SessionRow = z.infer<typeof sessionsSchema>['sessions'][number];

/** The colour of a session's state. */
export function paintStatus(status: string, { paint }: Terminal): (text: string) => string {
  if (status === 'active') return paint.green;
  return status === 'abandoned' ? paint.yellow : paint.dim;
}

function sessionTable(
  rows: readonly SessionRow[],
  sort: SessionSort,
  window: AskedWindow,
  terminal: Terminal,
): string[] {
  /** A narrow terminal shows also the column that the sessions are sorted by. */
  const unlessSorted = (by: SessionSort, spare: number) => (sort === by ? {} : { spare });

  const money = usdColumn(rows.map((row) => row.total_cost_usd));
  const known = (figure: number | null) => (figure === null ? '–' : grouped(figure));
  const started = (text: string) => {
    const time = clock(storeMoment(text), window.timezone);
    return isOneYear(window) ? time.slice(5) : time;
  };
  const short = shortModels(rows.flatMap(({ models }) => models));
  const idLength = shortestIds(rows.map((row) => row.session_id));
  const columns: Column<SessionRow>[] = [
    { title: 'Session', cell: (row) => row.session_id.slice(0, idLength) || 'unknown' },
    {
      title: 'Started',
      cell: (row) => (row.started === null ? 'unknown' : started(row.started)),
    },
    {
      title: 'Status',
      cell: (row) => row.status,
      paint: (cell, row) => paintStatus(row.status, terminal)(cell),
    },
    {
      title: 'Lasted',
      align: 'right',
      cell: ({ duration_ms: ms }) => (ms === null ? '–' : duration(ms)),
      // Started shows the year if there are several; a narrow terminal then has no room for this column.
      ...(isOneYear(window) ? {} : unlessSorted('duration', 0)),
    },
    { title: 'Prompts', align: 'right', cell: (row) => known(row.prompts), spare: 0 },
    {
      title: 'Requests',
      align: 'right',
      cell: (row) => grouped(row.request_count),
      ...unlessSorted('requests', 3),
    },
    { title: 'Agents', align: 'right', cell: (row) => grouped(row.agents_used), spare: 2 },
    { title: 'Skills', align: 'right', cell: (row) => grouped(row.skills_used), spare: 3 },
    { title: 'Tools', align: 'right', cell: (row) => known(row.tool_calls), spare: 1 },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => known(row.tool_failures),
      ...unlessSorted('failures', 1),
      paint: (cell, row) => ((row.tool_failures ?? 0) > 0 ? terminal.paint.red(cell) : cell),
    },
    {
      title: 'Cached',
      align: 'right',
      cell: (row) => (row.cache_hit_rate === null ? '–' : percent(row.cache_hit_rate)),
      spare: 3,
    },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
    {
      title: 'Model',
      cell: ({ models: [most, ...others] }) =>
        most === undefined ? '–' : `${short(most)}${others.length === 0 ? '' : ` +${others.length}`}`,
      shrinksTo: 8,
    },
    { title: 'Project', cell: (row) => (row.project === '' ? 'unknown' : row.project), shrinksTo: 10 },
  ];
  return table(rows, columns, terminal);
}

/** Whether all that is shown is in the year of the heading or of today. */
function isOneYear({ from, to, timezone }: AskedWindow): boolean {
  return clock(from, timezone).slice(0, 4) === clock(to ?? new Date(), timezone).slice(0, 4);
}

/** The number of characters, at least eight, that distinguishes the ids. */
function shortestIds(ids: readonly string[]): number {
  const longest = ids.reduce((most, { length }) => Math.max(most, length), 8);
  for (let length = 8; length < longest; length += 1) {
    if (new Set(ids.map((id) => id.slice(0, length))).size === new Set(ids).size) return length;
  }
  return longest;
}
