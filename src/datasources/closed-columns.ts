/**
 * Columns of text that hold nothing that came in as text: what is in them is made here, of these letters alone. They
 * have the same name and the same kind of value in every table, and need no search for secrets. A column whose value
 * somebody else chose (an id of a session, a name) is none of them.
 */
export const closedColumns = {
  /** A hash, or the ids of a span. */
  event_id: /^[0-9a-f]{0,48}$/,
  timestamp: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?$/,
  source: /^(?:hook|otel|transcript|git|cli)$/,
  origin: /^(?:live|backfill)$/,
  /** Random letters; empty where nobody knows the machine. */
  device: /^[0-9a-z]{0,8}$/,
  started_at: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
  last_activity_at: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
  ended_at: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
} as const satisfies Readonly<Record<string, RegExp>>;
