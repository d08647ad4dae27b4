/** `atel trace`: the timeline of a task. */
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { pageOf, type Place } from '../../base/pages.js';
import { printAnswer, type Desk } from '../shared/answer.js';
import { CommandError } from '../shared/command-error.js';
import { readCount, readCursorOption, readWindow, storeMoment, wallClock } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { fit, plain, wrap } from '../render/text.js';
import type { traceSchema } from '../../schemas.js';
import { traceTree, type Step, type TraceRow } from '../views/trace-tree.js';
import type { trace } from '../commands/trace.js';
import type { OptionsOf } from '../shared/command.js';

export type TraceOptions = OptionsOf<typeof trace.flags>;

/** Shows what happened for a task, across tools, as a timeline. */
export async function run(options: TraceOptions, desk: Desk, task: string): Promise<void> {
  const page = readPage(options);
  const { timezone, project } = readWindow(options, desk.now);
  const found = await desk.asker.ask('taskTrace', {
    task_id: task,
    ...(project === null ? {} : { project }),
    ...(page.after === undefined ? {} : { after_time: page.after.time ?? '', after_event: page.after.id }),
    // One row more shows whether another page follows.
    limit: page.limit + 1,
  });
  if (found.length === 0 && page.after === undefined)
    throw new CommandError(
      `no event names the task "${plain(task)}"${project === null ? '' : ` in ${plain(project)}`}: atel export --table events has the task_id of every event`,
    );
  const json = traceJson(task, found, page.limit);
  await printAnswer<typeof traceSchema>(desk, options, json, () => traceLines(json, timezone, desk.terminal));
}

interface Page {
  limit: number;
  after: Place | undefined;
}

/** @throws {UsageError} */
export function readPage({ limit, cursor }: TraceOptions): Page {
  return {
    limit: readCount('--limit', limit, 100_000),
    after: readCursorOption(cursor),
  };
}

interface TraceJson {
  task_id: string;
  events: TraceRow[];
  next_cursor: string | null;
}

/** @param found the rows of the page, and one more if another page follows */
export function traceJson(task: string, found: readonly TraceRow[], limit: number): TraceJson {
  const { page, cursor } = pageOf(found, limit, ({ timestamp: time, event_id: id }) => ({ time, id }));
  return { task_id: task, events: page, next_cursor: cursor };
}

/** The timeline as lines for the user. */
export function traceLines(
  { task_id: task, events, next_cursor: cursor }: TraceJson,
  timezone: string,
  terminal: Terminal,
): string[] {
  const { paint } = terminal;
  const lines = traceTree(events).flatMap((step) => linesOf(step, task, 0));
  const clock = (at: string) => wallClock(storeMoment(at), timezone);
  const isOneDay = new Set(events.map(({ timestamp }) => clock(timestamp).slice(0, 10))).size === 1;
  const columns: Column<Line>[] = [
    {
      title: 'Time',
      cell: ({ at }) => (at === null ? '' : clock(at).slice(isOneDay ? 11 : 5)),
      paint: (cell) => paint.dim(cell),
    },
    {
      title: 'Step',
      cell: ({ depth, what }) => '  '.repeat(depth) + what,
      shrinksTo: 20,
      paint: (cell, { isOwn }) => (isOwn ? cell : paint.dim(cell)),
    },
    { title: 'Took', align: 'right', cell: ({ took }) => (took === null ? '' : duration(took)) },
    {
      title: 'Result',
      cell: ({ result }) => result,
      shrinksTo: 12,
      paint: (cell, { status }) =>
        isFailed(status) ? paint.red(cell) : status === 'success' ? paint.green(cell) : paint.dim(cell),
    },
    { title: 'Exit', align: 'right', cell: ({ exit }) => (exit === null ? '' : String(exit)) },
  ];
  return [
    ...headLines(task, events, cursor === null, clock, timezone, terminal),
    '',
    ...table(lines, columns, terminal),
    ...(cursor === null ? [] : ['', paint.dim('There are more. The next page:'), `  --cursor ${cursor}`]),
  ];
}

function headLines(
  task: string,
  events: readonly TraceRow[],
  isWhole: boolean,
  clock: (at: string) => string,
  timezone: string,
  terminal: Terminal,
): string[] {
  const own = events.filter(({ task_id: id }) => id === task);
  const names = (of: (row: TraceRow) => string) =>
    [...new Set(own.map(of))]
      .filter((name) => name !== '')
      .map(plain)
      .join(', ');
  const [first, last] = [own.at(0)?.timestamp, own.at(-1)?.timestamp];
  const outcome = own.findLast(({ event }) => event === 'issue_complete')?.status ?? '';
  const facts: [string, string][] = [
    ['Project', names(({ project }) => project)],
    [
      'Time',
      first === undefined || last === undefined ? '' : `${clock(first)} to ${clock(last)} ${timezone}`,
    ],
    ['Tools', names(({ tool_name: tool }) => tool)],
    // Unknown unless this is the last page.
    ['Outcome', isWhole ? plain(outcome || 'unknown') : ''],
  ];
  return [
    `${terminal.paint.bold('Task')} ${fit(plain(task), terminal.width - 'Task '.length)}`,
    ...facts
      .filter(([, fact]) => fact !== '')
      .flatMap(([name, fact]) =>
        wrap(fact, terminal.width, ' '.repeat(10)).map((line, index) =>
          index === 0 ? terminal.paint.dim(name.padEnd(10)) + line.slice(10) : line,
        ),
      ),
  ];
}

interface Line {
  /** Null if only the duration is known. */
  at: string | null;
  depth: number;
  what: string;
  took: number | null;
  status: string;
  result: string;
  exit: number | null;
  /** False for what happened around the task. */
  isOwn: boolean;
}

function linesOf(step: Step, task: string, depth: number, tool = ''): Line[] {
  const { row, end } = step;
  const status = end?.status ?? row.status;
  const line: Line = {
    at: row.timestamp,
    depth,
    what: whatOf(row, end, tool),
    took: end?.duration_ms ?? null,
    status,
    result: end === undefined ? 'not ended' : resultOf(end),
    exit: end?.exit_code ?? null,
    isOwn: row.task_id === task,
  };
  return [
    line,
    ...step.children.flatMap((child) => linesOf(child, task, depth + 1, row.tool_name)),
    ...toldPhases(step, depth + 1),
  ];
}

/** Phases that only the end of the task reports. */
function toldPhases({ row, end, children }: Step, depth: number): Line[] {
  if (row.kind !== 'task' || end === undefined) return [];
  const seen = new Set(
    children.filter((child) => child.row.kind === 'phase').map((child) => child.row.phase),
  );
  return end.phases
    .filter(([name]) => !seen.has(name))
    .map(([what, took]) => ({
      at: null,
      depth,
      what,
      took,
      status: '',
      result: '',
      exit: null,
      isOwn: true,
    }));
}

/** @param tool the tool of the previous line, which is not repeated */
function whatOf(row: TraceRow, end: TraceRow | undefined, tool: string): string {
  const type = end?.issue_type ?? row.issue_type;
  switch (row.kind) {
    case 'command':
      return `${row.tool_name || 'command'}${row.phase === '' ? '' : ` (${row.phase})`}`;
    case 'wave':
      return `wave${row.wave === '' ? '' : ` ${row.wave}`}`;
    case 'task':
      return [
        'task',
        row.task_id,
        ...(row.tool_name === '' || row.tool_name === tool ? [] : ['in', row.tool_name]),
        ...(type === '' ? [] : [`(${type})`]),
      ].join(' ');
    case 'phase':
      return row.phase || 'phase';
    case 'session':
      return `session ${row.session_id.slice(0, 8)}`;
    default:
      return eventName(row);
  }
}

function eventName({ event, name, estimated_tokens: tokens }: TraceRow): string {
  if (event === 'custom' && name !== '') return name;
  return `${event.replaceAll('_', ' ')}${tokens === null ? '' : ` ${compact(tokens)} tokens`}`;
}

function resultOf({
  status,
  error_class: error,
  issues_completed: done,
  issues_failed: failed,
}: TraceRow): string {
  return [
    [status, error].filter((word) => word !== '').join(' '),
    done === null ? '' : `${grouped(done)} done`,
    failed === null || failed === 0 ? '' : `${grouped(failed)} failed`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function isFailed(status: string): boolean {
  return status === 'failure' || status === 'timeout';
}
