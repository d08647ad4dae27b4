/** An event of a project's log, in the columns of the store. */
import type { TelemetryEventRow } from '../datasources/index.js';
import { milliseconds, plainEvent } from '../signals/emitted.js';
import { asCount, type Json } from '../base/json/json.js';
import type { EpochMs } from '../base/time/units.js';

/** Columns of the store's telemetry_events that an emitted event fills, in the order of an export. */
type Columns = Omit<
  TelemetryEventRow,
  | 'source'
  | 'origin'
  | 'device'
  | 'privacy_tier'
  | 'schema_version'
  | 'tool_use_id'
  | 'version'
  | 'sequence'
  | 'timestamp'
  | 'payload'
>;

/** An event of a project's log, under the names of the store's columns. Texts are unfiltered. */
export interface LogEvent extends Columns {
  /** Time of the event. */
  at: EpochMs;
  /** All other fields of the event, in our names. */
  payload: Json;
}

/**
 * Converts the object of a line to an event; undefined if it has no name or no time.
 *
 * @param fallbackId identity of a line without an id
 */
export function logEvent(line: Json, fallbackId: string): LogEvent | undefined {
  const {
    event,
    event_id,
    timestamp,
    project,
    session_id,
    prompt_id,
    agent_id,
    agent_type,
    skill_name,
    model,
    tool,
    task_id,
    feature_id,
    phase,
    commit_hash,
    pr_number,
    status,
    error_class,
    duration_ms,
    ...payload
  } = plainEvent(line);
  const at = milliseconds(timestamp);
  if (at === undefined || text(event) === '') return undefined;
  return {
    at,
    event_id: text(event_id) || fallbackId,
    session_id: text(session_id),
    project: text(project),
    prompt_id: text(prompt_id),
    agent_id: text(agent_id),
    agent_type: text(agent_type),
    skill_name: text(skill_name),
    model: text(model),
    event: text(event),
    status: text(status),
    error_class: text(error_class),
    tool_name: text(tool),
    duration_ms: asCount(duration_ms) ?? null,
    task_id: text(task_id),
    feature_id: text(feature_id),
    phase: text(phase),
    commit_hash: text(commit_hash),
    pr_number: asCount(pr_number) ?? null,
    payload,
  };
}

/** A name, possibly written as a number; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : typeof value === 'number' ? String(value) : '';
}
