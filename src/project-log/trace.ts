/** Answers the pipe task_trace from a log. */
import type { InferOutputRow } from '@tinybirdco/sdk';
import type { taskTrace as tracePipe } from '../pipes/task-trace.js';
import { asObject } from '../base/json/json.js';
import { storeTime } from '../base/time/store-time.js';
import { text, type LogEvent } from './event.js';
import type { Gatherer } from './gather.js';
import { compare } from './task-runs.js';

type Row = InferOutputRow<typeof tracePipe>;

const kinds: Readonly<Record<string, string>> = {
  command_start: 'command',
  command_end: 'command',
  wave_start: 'wave',
  wave_complete: 'wave',
  issue_start: 'task',
  issue_complete: 'task',
  issue_phase: 'phase',
};

/** Answers the pipe task_trace from a log, without the sessions, which only the store knows. */
export function taskTrace(task: string): Gatherer<Row[]> {
  const own: Row[] = [];
  const spans: Row[] = [];
  return {
    add(event) {
      if (event.task_id === task) own.push(rowOf(event));
      else if (kindOf(event) === 'command' || kindOf(event) === 'wave') spans.push(rowOf(event));
    },
    answer() {
      const around = [...enclosing(own, spans), ...runsAround(own, spans)];
      return [...own, ...new Set(around)].sort(
        (one, other) => compare(one.timestamp, other.timestamp) || compare(one.event_id, other.event_id),
      );
    },
  };
}

/** How many levels of enclosing commands are followed. */
const LEVELS = 3;

/** The commands that the work happened in, by their ids. */
function enclosing(own: readonly Row[], spans: readonly Row[]): Row[] {
  const found: Row[] = [];
  let below = own;
  for (let level = 0; level < LEVELS; level += 1) {
    const ids = new Set(below.map(({ parent_id: id }) => id).filter((id) => id !== ''));
    below = spans.filter(({ command_id: id }) => ids.has(id));
    // Spread into one call, very many rows would overflow the stack.
    for (const row of below) found.push(row);
  }
  return found;
}

/** Commands and waves without an id, of the same tool, between whose start and end the work happened. */
function runsAround(own: readonly Row[], spans: readonly Row[]): Row[] {
  const nameless = spans.filter(({ command_id: id, task_id: task }) => id === '' && task === '');
  const byRun = new Map<string, Row[]>();
  for (const row of nameless) {
    const run = runOf(row, row.kind, row.wave);
    const rows = byRun.get(run) ?? [];
    rows.push(row);
    byRun.set(run, rows);
  }
  return own
    .filter(({ kind }) => kind !== 'command')
    .flatMap((row) =>
      [runOf(row, 'command', ''), runOf(row, 'wave', row.wave)].flatMap((run) =>
        spanAround(row.timestamp, byRun.get(run) ?? []),
      ),
    );
}

function runOf({ project, tool_name: tool, parent_id: parent }: Row, kind: string, wave: string): string {
  return JSON.stringify([kind, wave, project, tool, parent]);
}

/** The last start at or before a time, with its end, unless the end came before the time. */
function spanAround(time: string, rows: readonly Row[]): Row[] {
  const inOrder = [...rows].sort((one, other) => compare(one.timestamp, other.timestamp));
  const start = inOrder.findLast(({ event, timestamp }) => event.endsWith('_start') && timestamp <= time);
  if (start === undefined) return [];
  const end = inOrder.find(
    ({ event, timestamp }) => !event.endsWith('_start') && timestamp >= start.timestamp,
  );
  if (end === undefined) return [start];
  return end.timestamp >= time ? [start, end] : [];
}

function kindOf({ event }: LogEvent): string {
  return Object.hasOwn(kinds, event) ? (kinds[event] ?? 'event') : 'event';
}

function rowOf(event: LogEvent): Row {
  const { payload } = event;
  return {
    timestamp: storeTime(event.at),
    event_id: event.event_id,
    kind: kindOf(event),
    event: event.event,
    tool_name: event.tool_name,
    name: text(payload.name),
    task_id: event.task_id,
    phase: event.phase,
    wave: text(payload.wave),
    status: event.status,
    error_class: event.error_class,
    duration_ms: event.duration_ms,
    exit_code: figure(payload.exit_code),
    issue_type: text(payload.issue_type),
    issues_completed: figure(payload.issues_completed),
    issues_failed: figure(payload.issues_failed),
    estimated_tokens: figure(payload.estimated_tokens),
    phases: Object.entries(asObject(payload.phases_ms) ?? {}).flatMap(([name, ms]) =>
      typeof ms === 'number' ? [[name, ms] as [string, number]] : [],
    ),
    session_id: event.session_id,
    command_id: text(payload.command_id),
    parent_id: text(payload.parent_id),
    project: event.project,
    source: 'cli',
  };
}

function figure(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
