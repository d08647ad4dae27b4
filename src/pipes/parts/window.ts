const dateTo = `parseDateTime64BestEffort({{ DateTime(date_to) }}, 3, 'UTC')`;

/** Last moment of the asked window, exclusive. */
export const windowEnd = `
  {% if defined(date_to) %}
  ${dateTo}
  {% else %}
  now64(3, 'UTC')
  {% end %}`;

/** First moment of the asked window, inclusive. */
export const windowStart = `
  {% if defined(date_from) %}
  parseDateTime64BestEffort({{ DateTime(date_from) }}, 3, 'UTC')
  {% else %}
  ${windowEnd} - toIntervalDay({{ Int32(days, 7) }})
  {% end %}`;

/** Length of the asked window, days. */
export const windowDays = `dateDiff('millisecond', ${windowStart}, ${windowEnd}) / 86400000`;

/** Condition that keeps a table's rows from a moment on, to the end of the asked window. */
const inWindowFrom = (start: string) => `
  timestamp >= ${start}
  {% if defined(date_to) %}
  AND timestamp < ${dateTo}
  {% end %}`;

/** Condition that keeps a table's rows of the asked window. */
export const inWindow = inWindowFrom(windowStart);

/** First moment of the window of the same length right before the asked one. */
export const windowBeforeStart = `
  ${windowStart} - toIntervalMillisecond(dateDiff('millisecond', ${windowStart}, ${windowEnd}))`;

/** Condition that keeps the rows of the asked window and of the one right before it. */
export const inWindowOrBefore = inWindowFrom(windowBeforeStart);
