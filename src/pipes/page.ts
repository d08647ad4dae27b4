/**
 * The end of a page's query: the rows after the one that `after_time` and a second parameter name, in order of time.
 *
 * @param key column that tells rows of one moment apart
 * @param after the second parameter: that row's key
 */
export const pageAfter = (key: string, after: string) => `
  {% if defined(after_time) %}
  AND (timestamp, ${key}) > (parseDateTime64BestEffort({{ DateTime(after_time) }}, 3, 'UTC'), {{ String(${after}, '') }})
  {% end %}
ORDER BY timestamp, ${key}
LIMIT {{ Int32(limit, 1000) }}`;
