/**
 * Events that the user's own tools pass to `emit`: converts other spellings to our names and units, and turns each
 * event into a row. One line of the folder `emitted` is one event.
 *
 * The privacy tier is applied here: `emit` calls {@link plainEvent} and {@link withoutTexts} before it writes, and the
 * drain filters again, since others may write there too.
 */
import { identify } from './identity.js';
import { asCount, asObject, asText, type Json } from '../base/json/json.js';
import { redactValue } from './privacy/redact-text.js';
import { isName, isWord } from './privacy/word.js';
import { stamp, type Recorder, type SignalRow } from './row.js';
import { storeTime } from '../base/time/store-time.js';
import { eventVersion } from './versions.js';

/** Longest id or name of an event, and longest further value. */
const LONGEST_EMITTED_NAME = 120;
const LONGEST_VALUE = 40;

/** Whether a text may be an id or a name of an event. */
export const isEmittedName = (text: string) => isName(text, LONGEST_EMITTED_NAME);

/** UUIDs, as ids often are, are long and mixed but no secrets. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Words that look like secrets, and keys whose text is content and therefore never kept. */
const SECRET =
  /^(?:sk-|pk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|eyJ|npm_)|^[\w+-]*(?=\w*\d)(?=\w*[A-Za-z])[\w+-]{33,}$/;
const CONTENT =
  /(?:^|_)(?:args?|argv|arguments|command|cmd|cwd|dir|env|file|folder|message|output|password|passwd|path|prompt|query|secret|stderr|stdout|text|title|token|url|user|email|key|credentials?|auth|authorization)$/;

/** Keys that become columns or are only used to make the row. */
const COLUMNS: ReadonlySet<string> = new Set([
  'event',
  'event_id',
  'timestamp',
  'project',
  'session_id',
  'prompt_id',
  'agent_id',
  'agent_type',
  'skill_name',
  'model',
  'tool',
  'task_id',
  'feature_id',
  'phase',
  'commit_hash',
  'pr_number',
  'status',
  'error_class',
  'duration_ms',
]);

/** Most other keys of one event, and most members of one of them. */
const MOST_KEYS = 60;

/** Other spellings of our keys; if both are given, ours wins. */
const spellings: Readonly<Record<string, string>> = {
  ts: 'timestamp',
  time: 'timestamp',
  issue_id: 'task_id',
  tool_name: 'tool',
  result: 'status',
};

const outcomes = new Map(
  Object.entries({
    ok: 'success',
    pass: 'success',
    passed: 'success',
    done: 'success',
    complete: 'success',
    completed: 'success',
    succeeded: 'success',
    true: 'success',
    fail: 'failure',
    failed: 'failure',
    error: 'failure',
    false: 'failure',
    skip: 'skipped',
  }),
);

const eventSpellings = new Map([['wave_end', 'wave_complete']]);

/**
 * Converts an event to our names: snake_case, `task_id`, `status` with success, failure or skipped, milliseconds.
 * Unknown keys are kept with secrets redacted, because `emit` writes the event into the project's own log. Pure.
 */
export function plainEvent(event: Json): Json {
  const plain: Json = {};
  for (const [key, value] of Object.entries(event)) if (value !== undefined) plain[snakeKey(key)] = value;
  for (const [theirs, ours] of Object.entries(spellings)) rename(plain, theirs, ours, (value) => value);
  rename(plain, 'success', 'status', (value) => value);
  rename(plain, 'duration_s', 'duration_ms', inMilliseconds);
  rename(plain, 'phases', 'phases_ms', (phases) => mapObject(phases, inMilliseconds));
  if (typeof plain.event === 'string') plain.event = eventSpellings.get(plain.event) ?? plain.event;
  if (typeof plain.status === 'string' || typeof plain.status === 'boolean') {
    const word = String(plain.status).toLowerCase();
    plain.status = outcomes.get(word) ?? word;
  }
  const at = plain.timestamp === undefined ? undefined : milliseconds(plain.timestamp);
  if (at !== undefined) plain.timestamp = new Date(at).toISOString();
  return asObject(redactValue(plain)) ?? {};
}

/** The part of an event that tier 1 allows: columns, numbers, booleans and short words, one level deep. */
export function withoutTexts(event: Json): Json {
  const columns = Object.entries(event).filter(([key]) => COLUMNS.has(key));
  const others = Object.entries(event).filter(([key]) => !COLUMNS.has(key));
  return { ...Object.fromEntries(columns), ...filtered(Object.fromEntries(others), 1) };
}

/**
 * Turns a line of the folder `emitted` into a row; undefined if it has no event name.
 *
 * @param lineId identity of the line if it has no id of its own; it must be the same at every reading
 */
export function readEmitted(line: Json, lineId: string, recorder: Recorder): SignalRow | undefined {
  const plain = plainEvent(line);
  const event = name(plain.event);
  if (event === '') return undefined;
  const id = asText(plain.event_id);
  const prNumber = asCount(plain.pr_number);
  const further = Object.entries(withoutTexts(plain)).filter(([key]) => !COLUMNS.has(key));
  return {
    table: 'telemetry_events',
    row: {
      ...stamp({ ...recorder, privacyTier: 1 }),
      event_id: identify('emitted', id ?? lineId),
      timestamp: storeTime(milliseconds(plain.timestamp) ?? Date.now()),
      session_id: name(plain.session_id),
      project: name(plain.project),
      source: 'cli',
      prompt_id: name(plain.prompt_id),
      agent_id: name(plain.agent_id),
      agent_type: name(plain.agent_type),
      skill_name: name(plain.skill_name),
      model: name(plain.model),
      event,
      status: name(plain.status),
      error_class: name(plain.error_class),
      tool_name: name(plain.tool),
      tool_use_id: '',
      duration_ms: asCount(plain.duration_ms) ?? null,
      task_id: name(plain.task_id),
      feature_id: name(plain.feature_id),
      phase: name(plain.phase),
      commit_hash: name(plain.commit_hash),
      pr_number: prNumber !== undefined && prNumber < 2 ** 32 ? prNumber : null,
      sequence: null,
      payload: JSON.stringify(Object.fromEntries(further)),
      version: eventVersion(),
    },
  };
}

/**
 * A smaller number is in seconds since 1970 (good until the year 5138), a larger one in milliseconds (from 1973 on).
 */
const LEAST_MILLISECONDS = 1e11;
/** Seconds or milliseconds since 1970, written as text. */
const UNIX_TIME = /^\d{9,}(?:\.\d+)?$/;

/**
 * Reads a Date, an ISO 8601 text, or Unix seconds or milliseconds; undefined for anything else, and for a time that the
 * store cannot hold.
 */
export function milliseconds(value: unknown): number | undefined {
  const given = typeof value === 'string' && UNIX_TIME.test(value) ? Number(value) : value;
  const ms =
    given instanceof Date
      ? given.getTime()
      : typeof given === 'string'
        ? Date.parse(given)
        : typeof given === 'number'
          ? given * (given < LEAST_MILLISECONDS ? 1_000 : 1)
          : NaN;
  return ms >= 0 && ms < Date.UTC(2299, 0) ? Math.round(ms) : undefined;
}

function filtered(values: Json, depth: number): Json {
  const kept: Json = {};
  for (const [key, value] of Object.entries(values).slice(0, MOST_KEYS)) {
    if (!isWord(key, LONGEST_VALUE)) continue;
    const object = asObject(value);
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      kept[key] = value;
    else if (typeof value === 'string') {
      const isHarmless = isWord(value, LONGEST_VALUE) && (UUID.test(value) || !SECRET.test(value));
      if (isHarmless && !CONTENT.test(key)) kept[key] = value;
    } else if (object !== undefined && depth > 0) kept[key] = filtered(object, depth - 1);
  }
  return kept;
}

function rename(event: Json, theirs: string, ours: string, change: (value: unknown) => unknown): void {
  if (!Object.hasOwn(event, theirs)) return;
  event[ours] ??= change(event[theirs]);
  Reflect.deleteProperty(event, theirs);
}

function inMilliseconds(seconds: unknown): unknown {
  return typeof seconds === 'number' ? Math.round(seconds * 1_000) : seconds;
}

function mapObject(value: unknown, change: (member: unknown) => unknown): unknown {
  const object = asObject(value);
  if (object === undefined) return value;
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, change(member)]));
}

/** `taskId` becomes `task_id`; other keys are unchanged. */
function snakeKey(key: string): string {
  return /^[a-z]+(?:[A-Z][a-z0-9]*)+$/.test(key)
    ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : key;
}

function name(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : asText(value);
  return text !== undefined && isEmittedName(text) && !SECRET_NAME.test(text) ? text : '';
}

/** An id may be a hash or a UUID, so only known prefixes of secrets are refused. */
const SECRET_NAME = /^(?:sk-|pk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA[A-Z0-9]{16}|eyJ)/;
