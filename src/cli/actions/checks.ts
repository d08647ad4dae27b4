/** `atel checks`: the checks that sessions ran, how they ended, and what mending them cost. */
import type * as z from 'zod/mini';
import { grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { qualityGroups } from '../../pipes/parts/quality-groups.js';
import type { checksSchema } from '../../schemas.js';
import type { checks } from '../commands/checks.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { wrap } from '../render/text.js';
import { emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readCount, readWindow, UsageError } from '../shared/options.js';

type Row = z.infer<typeof checksSchema>['checks'][number];
type Group = (typeof qualityGroups)[number];

/** Shows the checks of the window: a row per class, and per session, branch or commit if asked. */
export async function run(options: OptionsOf<typeof checks.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top, 1_000);
  const by = qualityGroups.find((one) => one === options.by);
  if (by === undefined)
    throw new UsageError(`--by takes ${qualityGroups.join(', ')}, not ${JSON.stringify(options.by)}`);
  const rows = await desk.asker.ask('qualityRuns', { ...window.params, group_by: by });
  const json = { window: windowJson(window), by, checks: rows };
  await printAnswer<typeof checksSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Checks', window, terminal), ''];
    if (rows.length === 0) return [...head, ...(await emptyLines('checks', window, desk))];
    return [
      ...head,
      ...checkTable(rows.slice(0, top), by, terminal),
      '',
      ...notes(rows, top).flatMap((note) =>
        wrap(note, terminal.width).map((line) => terminal.paint.dim(line)),
      ),
    ];
  });
}

/** The columns that say which part a row is about. */
function partColumns(by: Group): Column<Row>[] {
  if (by === 'session') return [{ title: 'Session', cell: ({ session_id: id }) => id.slice(0, 8) }];
  if (by === 'commit') return [{ title: 'Commit', cell: ({ commit_hash: hash }) => hash }];
  if (by === 'branch')
    return [
      { title: 'Branch', cell: ({ branch }) => branch, shrinksTo: 12 },
      { title: 'Project', cell: ({ project }) => project, shrinksTo: 10, spare: 3 },
    ];
  return [];
}

function checkTable(rows: readonly Row[], by: Group, terminal: Terminal): string[] {
  const { paint } = terminal;
  const money = usdColumn(rows.map(({ mend_cost_usd: cost }) => cost));
  const columns: Column<Row>[] = [
    ...partColumns(by),
    { title: 'Check', cell: ({ check }) => check.replace('_', ' ') },
    { title: 'Runs', align: 'right', cell: ({ runs }) => grouped(runs) },
    { title: 'Passed', align: 'right', cell: ({ passed }) => grouped(passed) },
    {
      title: 'Failed',
      align: 'right',
      cell: ({ failed }) => grouped(failed),
      paint: (cell, { failed }) => (failed > 0 ? paint.red(cell) : cell),
    },
    { title: 'Unknown', align: 'right', cell: ({ unknown }) => grouped(unknown) },
    {
      title: 'Tries',
      align: 'right',
      cell: ({ tries_to_green: tries }) =>
        tries === null ? '–' : Number.isInteger(tries) ? grouped(tries) : tries.toFixed(1),
    },
    { title: 'Mended', align: 'right', cell: ({ mends }) => grouped(mends) },
    {
      title: 'USD',
      align: 'right',
      cell: ({ mend_requests: requests, mend_cost_usd: cost }) => (requests === 0 ? '–' : money(cost)),
    },
    {
      title: 'Time',
      align: 'right',
      cell: ({ total_duration_ms: ms }) => (ms === null ? '–' : duration(ms)),
      spare: 2,
    },
  ];
  return table(rows, columns, terminal);
}

/** What the columns mean, and what is not shown. */
function notes(rows: readonly Row[], top: number): string[] {
  const unpriced = rows.reduce((sum, row) => sum + row.unpriced_mend_requests, 0);
  const red = rows.reduce((sum, row) => sum + row.red_sessions, 0);
  return [
    ...(rows.length > top ? [`and ${plural(rows.length - top, 'more row', 'more rows')} (--top)`] : []),
    'Tries: runs up to the first that passed, on average over sessions. USD: list price of the requests between a failure and the next pass of the session.',
    ...(red > 0 ? [`Left failing: ${grouped(red)} (the last known run of the session failed).`] : []),
    ...(unpriced > 0 ? [`${plural(unpriced, 'request')} of these without a known price.`] : []),
    ...(rows.some(({ unknown }) => unknown > 0)
      ? [
          'Unknown: the one exit code of the call does not tell, or the call was interrupted or went on in the background.',
        ]
      : []),
  ];
}
