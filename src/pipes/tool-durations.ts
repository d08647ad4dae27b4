/** The question tool_durations: how did the calls of each tool end, and how long did they take? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { durationBoundsMs } from './parts/duration-bounds.js';
import { slice, sliceParams } from './parts/slice.js';
import { toolCalls } from './parts/tool-calls.js';

/**
 * How did the calls of each tool end, and how long did they take? One row per tool, most called first. `bucket_counts`
 * has the calls of at most 10, 50, 100, 500 ms, 1, 5, 10, 30 s, 1, 5 and 10 minutes: each number includes those before it.
 */
export const toolDurations = defineQuestion('tool_durations', {
  description: `How did the calls of each tool end, and how long did they take? One row per tool, most called first. timed_calls are those whose duration is known. bucket_counts has the timed calls of at most ${durationBoundsMs.join(', ')} milliseconds, each number including those before it.`,
  params: { ...windowParams, ...sliceParams },
  nodes: [
    toolCalls(),
    node({
      name: 'by_tool',
      sql: `
SELECT
  tool_name,
  count() AS calls,
  countIf(status = 'success') AS successes,
  countIf(status = 'failure') AS failures,
  countIf(status NOT IN ('success', 'failure')) AS others,
  count(duration_ms) AS timed_calls,
  sumOrNull(duration_ms) AS total_duration_ms,
  [
    ${durationBoundsMs.map((bound) => `countIf(duration_ms <= ${bound})`).join(',\n    ')}
  ] AS bucket_counts
FROM tool_calls
GROUP BY tool_name
ORDER BY calls DESC, tool_name${slice}`,
    }),
  ],
  output: {
    tool_name: t.string(),
    calls: t.uint64(),
    successes: t.uint64(),
    failures: t.uint64(),
    others: t.uint64(),
    timed_calls: t.uint64(),
    total_duration_ms: t.uint64().nullable(),
    bucket_counts: t.array(t.uint64()),
  },
});
