/** Last moment of the asked window, exclusive. */
export const windowEnd = `
  {% if defined(date_to) %}
  parseDateTime64BestEffort({{ DateTime(date_to) }}, 3, 'UTC')
  {% else %}
  now64(3, 'UTC')
  {% end %}`;

/** First moment of the asked window, inclusive, as `inWindow` has it. */
export const windowStart = `
  {% if defined(date_from) %}
  parseDateTime64BestEffort({{ DateTime(date_from) }}, 3, 'UTC')
  {% else %}
  ${windowEnd} - toIntervalDay({{ Int32(days, 7) }})
  {% end %}`;

/** Length of the asked window, days. */
export const windowDays = `dateDiff('millisecond', ${windowStart}, ${windowEnd}) / 86400000`;

/** First moment of the window of the same length right before the asked one. */
export const windowBeforeStart = `
  ${windowStart} - toIntervalMillisecond(dateDiff('millisecond', ${windowStart}, ${windowEnd}))`;

/** Condition that keeps the rows of the asked window and of the one of the same length right before it. */
export const inWindowOrBefore = `
  timestamp >= ${windowBeforeStart}
  {% if defined(date_to) %}
  AND timestamp < ${windowEnd}
  {% end %}`;
