/**
 * Text columns whose values are made here and consist only of the given letters. They have the same name and the same
 * kind of value in every table, and need no search for secrets. Columns whose values come from outside (a session id, a
 * name) are not listed.
 */
export const closedColumns = {
  /** A hash, or the ids of a span. */
  event_id: /^[0-9a-f]{0,48}$/,
  timestamp: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?$/,
  source: /^(?:hook|otel|transcript|git|cli)$/,
  origin: /^(?:live|backfill)$/,
  /** Random letters; empty if the machine is unknown. */
  device: /^[0-9a-z]{0,8}$/,
  started_at: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
  last_activity_at: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
  ended_at: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
} as const satisfies Readonly<Record<string, RegExp>>;
