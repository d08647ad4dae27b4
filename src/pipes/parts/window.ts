/** The requested window as SQL. */
const dateTo = `parseDateTime64BestEffort({{ DateTime(date_to) }}, 3, 'UTC')`;

/** End of the requested window, exclusive. */
export const windowEnd = `
  {% if defined(date_to) %}
  ${dateTo}
  {% else %}
  now64(3, 'UTC')
  {% end %}`;

/** Start of the requested window, inclusive. */
export const windowStart = `
  {% if defined(date_from) %}
  parseDateTime64BestEffort({{ DateTime(date_from) }}, 3, 'UTC')
  {% else %}
  ${windowEnd} - toIntervalDay({{ Int32(days, 7) }})
  {% end %}`;

/**
 * SQL of a start that may be unknown: then no row is after it. The engine reads everything for a comparison with null,
 * but nothing for one with a moment that no row has.
 */
export const orNever = (start: string) => `ifNull(${start}, toDateTime64('2100-01-01 00:00:00', 3, 'UTC'))`;

/** Length of the requested window, days. */
export const windowDays = `dateDiff('millisecond', ${windowStart}, ${windowEnd}) / 86400000`;

/** A window as conditions of the tables that have rows in it. */
export interface Window {
  /** Keeps the rows by their `timestamp`. */
  rows: string;
  /** Keeps the weeks of `requests` that the window touches, so that no others are read. */
  weeks: string;
  /** Keeps the rows of `telemetry_events`, of which no other weeks are read; also those of Claude Code's counters. */
  events: string;
  /** Keeps the rows of `session_bounds` of sessions that have rows in the window, and maybe of others. */
  sessions: string;
}

/** The window between two times; up to now and beyond without an end. */
export const windowBetween = (start: string, end?: string): Window => {
  const rows = `
  timestamp >= ${start}
  ${end === undefined ? '' : `AND timestamp < ${end}`}`;
  const weeks = `
  week >= toMonday(${start})
  ${end === undefined ? '' : `AND week <= toMonday(${end})`}`;
  const sessions = `
  last_at >= ${start}
  ${end === undefined ? '' : `AND first_at < ${end}`}`;
  return { rows, weeks, events: rows, sessions };
};

/** The window from a given time to the end of the requested one. */
export const windowFrom = (start: string): Window => {
  const [open, closed] = [windowBetween(start), windowBetween(start, dateTo)];
  const choose = (kind: keyof Window) => `
  {% if defined(date_to) %}
  ${closed[kind]}
  {% else %}
  ${open[kind]}
  {% end %}`;
  return {
    rows: choose('rows'),
    weeks: choose('weeks'),
    events: choose('events'),
    sessions: choose('sessions'),
  };
};

/** The requested window. */
export const askedWindow = windowFrom(windowStart);

/** Condition for a table's rows in the requested window. */
export const inWindow = askedWindow.rows;

/** Start of the window of the same length right before the requested one. */
export const windowBeforeStart = `
  ${windowStart} - toIntervalMillisecond(dateDiff('millisecond', ${windowStart}, ${windowEnd}))`;

/** The requested window and the one right before it. */
export const windowOrBefore = windowFrom(windowBeforeStart);
