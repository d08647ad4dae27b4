/** The schemas of the events that a user's own tools can emit. */
import * as z from 'zod/mini';
import { isEmittedName, milliseconds } from '../signals/emitted.js';
import { eventNames } from './event-names.js';

/** An id or a name: no blanks, up to 120 characters. Tier 1 stores names, never sentences. */
const aName = 'takes a name of up to 120 characters without blanks';
const name = z.string(aName).check(z.refine(isEmittedName, aName));
const aCount = 'takes a number of at least 0';
/** A larger number is not exact, and no column of the store can hold it. */
const count = z.number(aCount).check(z.nonnegative(aCount), z.lte(Number.MAX_SAFE_INTEGER, 'is too large'));
const optional = z.optional;

/** Statuses, and other spellings of them. */
const outcome = z.union(
  [
    z.enum([
      'success',
      'failure',
      'skipped',
      'ok',
      'passed',
      'done',
      'complete',
      'completed',
      'succeeded',
      'failed',
      'error',
      'skip',
      'running',
      'cancelled',
      'timeout',
    ]),
    z.boolean(),
  ],
  'takes success, failure, skipped, running, cancelled or timeout',
);

const aTime = 'is not a time: use ISO 8601 (2026-03-09T10:00:00Z), or Unix seconds or milliseconds';
const time = z
  .union([z.date(), z.string(), z.number()], aTime)
  .check(z.refine((value) => milliseconds(value) !== undefined, { error: aTime }));

/** The fields that every event may have. If there are two names for one thing, the first one is ours. */
const common = {
  /** Identity, if the event has one of its own: sending it again changes no total. */
  event_id: optional(name),
  /** Time of the event; default now. */
  timestamp: optional(time),
  ts: optional(time),
  task_id: optional(name),
  issue_id: optional(name),
  feature_id: optional(name),
  phase: optional(name),
  /** The program that emits the event. */
  tool: optional(name),
  status: optional(outcome),
  result: optional(outcome),
  success: optional(z.boolean('takes true or false')),
  /** Kind of failure, never its text. */
  error_class: optional(name),
  duration_ms: optional(count),
  /** The same in seconds. */
  duration_s: optional(count),
  session_id: optional(name),
  prompt_id: optional(name),
  agent_id: optional(name),
  agent_type: optional(name),
  skill_name: optional(name),
  model: optional(name),
  commit_hash: optional(name),
  pr_number: optional(count),
  /** Any further facts. The project's own log keeps them all; the store gets numbers, booleans and short words. */
  metadata: optional(z.record(z.string(), z.unknown())),
};

const counts = z.record(z.string(), count);
const wave = { wave: optional(z.union([count, name], 'takes a number or a name')), issues: optional(count) };
const tally = { issues_completed: optional(count), issues_failed: optional(count) };

/** The events by name. Additional keys are kept. */
const events = z.discriminatedUnion('event', [
  z.looseObject({
    ...common,
    event: z.literal('command_start'),
    /** Kept only in the project's own log. */
    args: optional(z.union([z.string(), z.array(z.string())])),
  }),
  z.looseObject({
    ...common,
    ...tally,
    event: z.literal('command_end'),
    exit_code: optional(z.number('takes a number')),
  }),
  z.looseObject({ ...common, ...wave, event: z.literal('wave_start') }),
  z.looseObject({ ...common, ...wave, ...tally, event: z.enum(['wave_complete', 'wave_end']) }),
  z.looseObject({ ...common, event: z.literal('issue_start'), wave: wave.wave }),
  z.looseObject({ ...common, event: z.literal('issue_phase'), wave: wave.wave }),
  z.looseObject({
    ...common,
    event: z.literal('issue_complete'),
    wave: wave.wave,
    /** Kind of the issue: bug, feature … */
    issue_type: optional(name),
    /** Duration of each phase, milliseconds. */
    phases_ms: optional(counts),
    /** The same in seconds. */
    phases: optional(counts),
  }),
  z.looseObject({
    ...common,
    event: z.literal('context_snapshot'),
    estimated_tokens: optional(count),
    tool_calls: optional(count),
    /** Tokens or calls by tool. */
    breakdown: optional(counts),
  }),
  z.looseObject({
    ...common,
    event: z.literal('custom'),
    /** What happened, in one word of your choice. */
    name,
  }),
]);

/** An event as `emit` takes it. */
export type EmittedEvent = z.input<typeof events>;

/** What is wrong with an event, in one line; undefined if it is valid. */
export function problemOf(event: unknown): string | undefined {
  const parsed = events.safeParse(event);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  if (place === 'event' || place === '') return `event is one of ${eventNames.join(', ')}`;
  return `${place}: ${issue?.message ?? 'is wrong'}`;
}
