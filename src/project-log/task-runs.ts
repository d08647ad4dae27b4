/** Finds the runs of tasks in the events of a log, by the rules of the pipes' node task_runs. */
import { asObject, type Json } from '../base/json/json.js';
import { text, type LogEvent } from './event.js';
import type { EpochMs, Ms } from '../base/time/units.js';

/** A finished run of a task, or a finished command. */
export interface WorkEnd {
  kind: 'run' | 'command';
  /** Time of the end. */
  at: EpochMs;
  project: string;
  task_id: string;
  tool: string;
  outcome: 'success' | 'failure' | '';
  tookMs: Ms | null;
}

/** The events of a task, in their order if the times are equal. */
const PLACES = ['issue_start', 'command_end', 'issue_phase', 'issue_complete'];

/** How far before the requested window to look for a run's start and phases, milliseconds. */
export const REACH_MS = 31 * 86_400_000;

/** Whether an event belongs to a run of a task. */
export function isOfRun({ event, status, task_id: task }: LogEvent): boolean {
  return task !== '' && PLACES.includes(event) && !(event === 'issue_complete' && status === 'running');
}

/**
 * The finished runs of tasks, as in the node task_runs of the pipes: a run ends with an `issue_complete`; skipped and
 * cancelled ones are left out. Its run time is the reported one, else from its last start to its end, else the sum of
 * its phases.
 *
 * @param events those for which {@link isOfRun} is true, in any order
 */
export function taskRuns(events: readonly LogEvent[]): WorkEnd[] {
  const tasks = new Map<string, LogEvent[]>();
  for (const event of events) {
    const key = JSON.stringify([event.project, event.task_id]);
    const ofTask = tasks.get(key) ?? [];
    ofTask.push(event);
    tasks.set(key, ofTask);
  }
  return [...tasks.values()].flatMap((ofTask) => runsOf(ofTask.sort(inOrder)));
}

function inOrder(one: LogEvent, other: LogEvent): number {
  const place = (event: LogEvent) => PLACES.indexOf(event.event);
  return one.at - other.at || place(one) - place(other) || compare(one.event_id, other.event_id);
}

function runsOf(events: readonly LogEvent[]): WorkEnd[] {
  const ends: WorkEnd[] = [];
  let run: LogEvent[] = [];
  for (const event of events) {
    if (event.event !== 'issue_complete') {
      run.push(event);
      continue;
    }
    if (event.status !== 'skipped' && event.status !== 'cancelled')
      ends.push({ ...endOf('run', event), tookMs: timeOf(event, run) });
    run = [];
  }
  return ends;
}

/** The end of a command or of a run, as far as its last event says. */
export function endOf(kind: WorkEnd['kind'], event: LogEvent): WorkEnd {
  const { at, project, task_id, tool_name: tool, duration_ms: tookMs } = event;
  return { kind, at, project, task_id, tool, outcome: outcomeOf(kind, event), tookMs };
}

function outcomeOf(kind: WorkEnd['kind'], { status, payload }: LogEvent): WorkEnd['outcome'] {
  if (status === 'success') return 'success';
  if (status === 'failure' || status === 'timeout') return 'failure';
  if (kind === 'run' || status !== '' || typeof payload.exit_code !== 'number') return '';
  return payload.exit_code === 0 ? 'success' : 'failure';
}

function timeOf(end: LogEvent, before: readonly LogEvent[]): number | null {
  const starts = before.filter(({ event }) => event === 'issue_start').map(({ at }) => at);
  // If there are several starts, one at exactly the time of the end belongs to the next run.
  const earlier = starts.filter((at) => at < end.at);
  const start = earlier.at(-1) ?? starts.at(-1);
  return end.duration_ms ?? (start === undefined ? sumOfPhases(end, before) : end.at - start);
}

/** The run time of a run with neither a reported time nor a start. */
function sumOfPhases(end: LogEvent, before: readonly LogEvent[]): number | null {
  const reported = asObject(end.payload.phases_ms) ?? {};
  const steps = stepsOf(before);
  const times = [...new Set([...Object.keys(reported), ...steps.map(({ phase }) => phase)])].map((name) => {
    const timeBy = (event: string) =>
      sum(steps.filter((step) => step.event === event && step.phase === name).map(({ ms }) => ms));
    return number(reported[name]) ?? timeBy('issue_phase') ?? timeBy('command_end');
  });
  return sum(times);
}

interface PhaseStep {
  event: string;
  phase: string;
  ms: Ms | null;
}

/** The phases and commands of a run; of nested commands in a phase only the outer one. */
function stepsOf(events: readonly LogEvent[]): PhaseStep[] {
  const running = new Map<string, number>();
  const steps = events.filter(({ event, phase }) => event !== 'issue_start' && phase !== '');
  const outer = new Set(
    steps.map(({ phase, payload }) => keyOf(phase, payload, 'command_id')).filter((key) => key !== undefined),
  );
  return steps.flatMap((step) => {
    const { event, phase, at, status, payload } = step;
    const since = event === 'issue_phase' ? running.get(phase) : undefined;
    if (event === 'issue_phase') {
      if (status === 'running') running.set(phase, at);
      else running.delete(phase);
    }
    const within = keyOf(phase, payload, 'parent_id');
    if (within !== undefined && outer.has(within)) return [];
    const waited = since === undefined || status === 'running' ? null : at - since;
    return [{ event, phase, ms: step.duration_ms ?? waited }];
  });
}

function keyOf(phase: string, payload: Json, name: 'command_id' | 'parent_id'): string | undefined {
  const id = text(payload[name]);
  return id === '' ? undefined : JSON.stringify([phase, id]);
}

/** The sum of the known values; null if none is known. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** Compares by code unit, as the store sorts, not by a locale. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
