/** The parameters and the SQL of questions that answer page by page. */
import { p } from '@tinybirdco/sdk';

const lastKey = (key: string) =>
  p.string().optional().describe(`${key} of the last row of the previous page.`);

/**
 * Paging for a question in order of time: its parameters `limit`, `after_time` and `after`, and the end of its SQL.
 *
 * @param key column that distinguishes rows with the same timestamp
 * @param after parameter that names the key of the last row of the previous page
 * @param rows what the rows are called
 */
export function pageBy<After extends string>(key: string, after: After, rows: string) {
  return {
    params: {
      limit: p.int32().optional(1000).describe(`How many ${rows} at most.`),
      after_time: p
        .dateTime()
        .optional()
        .describe('timestamp of the last row of the previous page (YYYY-MM-DD HH:MM:SS.mmm, UTC).'),
      ...({ [after]: lastKey(key) } as Record<After, ReturnType<typeof lastKey>>),
    },
    end: `
  {% if defined(after_time) %}
  AND (timestamp, ${key}) > (parseDateTime64BestEffort({{ DateTime(after_time) }}, 3, 'UTC'), {{ String(${after}, '') }})
  {% end %}
ORDER BY timestamp, ${key}
LIMIT {{ Int32(limit, 1000) }}`,
  };
}
