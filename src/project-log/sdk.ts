/**
 * Reads a project's own log (`.ll/telemetry.jsonl`) from a program: the answers of `atel … --file`, without a store.
 * Exported as `log`: `import { log } from 'atel'`. Every answer has `log`: the file and the counts of its reading.
 */
import type { InferOutputRow } from '@tinybirdco/sdk';
import { projectLog } from './project-log.js';
import type { taskTrace as tracePipe } from '../pipes/task-trace.js';
import type { workByTool as byToolPipe } from '../pipes/work-by-tool.js';
import type { workSummary as summaryPipe } from '../pipes/work-summary.js';
import type { workTrend as trendPipe } from '../pipes/work-trend.js';
import { readAskedTime, type AskedTime } from '../base/time/asked-time.js';
import type { LogEvent } from './event.js';
import { gather, type LogWindow } from './gather.js';
import type { Period } from '../pipes/parts/period-names.js';
import { readLog, type LogReading } from './read.js';
import { toolCalls } from './tool-calls.js';
import { taskTrace } from './trace.js';
import { startBefore, widened, workByTool, workEnds, workSummary, workTrend } from './work.js';

/** Which log to read. */
export interface LogChoice {
  /** Path of the log. Default: that of the project that the process runs in. */
  file?: string;
}

/** Filters for the events of a log. A filter that is not set matches every event. */
export interface LogEventsAsked extends LogChoice, AskedTime {
  /** Only events of this name. */
  event?: string;
  /** Only events of this tool. */
  tool?: string;
  /** Only events of this task. */
  task?: string;
}

/** Which log to read, and the window; default: the last 7 days. */
export interface LogAsked extends LogChoice, AskedTime {}

/** The log of an answer, and the counts of its reading. */
export interface LogAnswered {
  log: LogReading & { file: string };
}

/**
 * Path of the log of the project that a folder belongs to; undefined if the project keeps none.
 *
 * @throws {Error} if the section `telemetry` of its `.ll/ll-config.json` is invalid
 *
 * @example
 * ```ts
 * import { log } from 'atel';
 *
 * console.log(log.path() ?? 'this project keeps no log');
 * ```
 */
export function path(folder: string = process.cwd()): string | undefined {
  return projectLog(folder)?.file;
}

/**
 * Streams the events that match, each once, in the order of the file; by default all of them. Names are those of the
 * store's columns, `at` is in milliseconds since 1970, all other keys are in `payload`. Texts are unfiltered. Lines
 * without an event are left out.
 *
 * @throws {Error} if there is no such log, or it cannot be read
 *
 * @example
 * ```ts
 * import { log } from 'atel';
 *
 * for await (const { at, event, task_id } of log.read({ event: 'issue_complete', days: 1 }))
 *   console.log(new Date(at).toISOString(), event, task_id);
 * ```
 */
export async function* read(asked: LogEventsAsked = {}): AsyncGenerator<LogEvent> {
  const isTimed = asked.days !== undefined || asked.from !== undefined || asked.to !== undefined;
  const { from, to } = readAskedTime(asked, Date.now());
  const { event, tool, task } = asked;
  const query = {
    ...(isTimed ? { since: from } : {}),
    ...(to === null ? {} : { until: to }),
    ...(event === undefined ? {} : { event }),
    ...(tool === undefined ? {} : { tool }),
    ...(task === undefined ? {} : { task }),
  };
  for await (const events of readLog(fileOf(asked), query)) yield* events;
}

/**
 * Tasks and commands of a window, compared with the window of the same length before: `work` and `work_by_tool` as in
 * the pipes work_summary and work_by_tool (durations in milliseconds, rates from 0 to 1, null for unknown), and the
 * calls of Claude Code's tools from the context snapshots. Throws like {@link read}.
 *
 * @example
 * ```ts
 * import { log } from 'atel';
 *
 * const { work, log: reading } = await log.summary({ days: 7 });
 * for (const { metric, value, value_before } of work) console.log(metric, value, value_before);
 * console.log(`${reading.file}: ${reading.unreadable} lines cannot be read`);
 * ```
 */
export async function summary(asked: LogAsked = {}): Promise<
  LogAnswered & {
    work: InferOutputRow<typeof summaryPipe>[];
    work_by_tool: InferOutputRow<typeof byToolPipe>[];
    tools: { tool_name: string; calls: number }[];
  }
> {
  const [file, window] = [fileOf(asked), windowOf(asked)];
  const [ends, calls] = [workEnds(startBefore(window)), toolCalls(window)];
  const reading = await gather(file, [ends, calls]);
  const ended = ends.answer();
  return {
    work: workSummary(ended, window),
    work_by_tool: workByTool(ended, window),
    tools: calls.answer(),
    log: { file, ...reading },
  };
}

/**
 * Tasks and commands over time: one row per period, including empty ones, as in the pipe work_trend. Periods begin in
 * UTC, weeks on Monday; without `from`, the window is extended to the start of its first period. Throws like {@link
 * read}.
 *
 * @example
 * ```ts
 * import { log } from 'atel';
 *
 * const { work } = await log.trends({ days: 28, period: 'weekly' });
 * console.table(work);
 * ```
 */
export async function trends(
  asked: LogAsked & { period?: Period } = {},
): Promise<LogAnswered & { work: InferOutputRow<typeof trendPipe>[] }> {
  const { period = 'daily' } = asked;
  const [file, exact] = [fileOf(asked), windowOf(asked)];
  const window = asked.from === undefined ? widened(exact, period) : exact;
  const ends = workEnds(window.from);
  const reading = await gather(file, [ends]);
  return { work: workTrend(ends.answer(), window, period), log: { file, ...reading } };
}

/**
 * All events of a task across tools, in order of time, with the commands and waves that they happened in: rows of the
 * pipe task_trace. Empty if no event names the task. Throws like {@link read}.
 *
 * @example
 * ```ts
 * import { log } from 'atel';
 *
 * const { events } = await log.trace('BUILD-1');
 * for (const { timestamp, event, status } of events) console.log(timestamp, event, status);
 * ```
 */
export async function trace(
  task: string,
  choice: LogChoice = {},
): Promise<LogAnswered & { events: InferOutputRow<typeof tracePipe>[] }> {
  const file = fileOf(choice);
  const gathered = taskTrace(task);
  const reading = await gather(file, [gathered]);
  return { events: gathered.answer(), log: { file, ...reading } };
}

function windowOf(asked: AskedTime): LogWindow {
  const now = Date.now();
  return { ...readAskedTime(asked, now), now };
}

function fileOf({ file }: LogChoice): string {
  const found = file ?? path();
  if (found === undefined)
    throw new Error('this project has no log of its own: .ll/ll-config.json has no section "telemetry"');
  return found;
}
