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

/** Length of the requested window, days. */
export const windowDays = `dateDiff('millisecond', ${windowStart}, ${windowEnd}) / 86400000`;

/** Condition for a table's rows from a given time to the end of the requested window. */
const inWindowFrom = (start: string) => `
  timestamp >= ${start}
  {% if defined(date_to) %}
  AND timestamp < ${dateTo}
  {% end %}`;

/** Condition for a table's rows in the requested window. */
export const inWindow = inWindowFrom(windowStart);

/** Start of the window of the same length right before the requested one. */
export const windowBeforeStart = `
  ${windowStart} - toIntervalMillisecond(dateDiff('millisecond', ${windowStart}, ${windowEnd}))`;

/** Condition for the rows in the requested window and in the one right before it. */
export const inWindowOrBefore = inWindowFrom(windowBeforeStart);
