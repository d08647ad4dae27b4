/**
 * The question tool_usage: which tools were called, how often did they fail and how, and how often was a failed
 * call tried again?
 */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { toolCalls } from './parts/tool-calls.js';

/** Which tools were called, how often did they fail and how, and how often was a failed call tried again? */
export const toolUsage = defineQuestion('tool_usage', {
  description:
    'Which tools were called, how did they fail, and how often was a failed call tried again? A retry is a call of the same tool by the same thread, within the same prompt, right after its own failure.',
  params: windowParams,
  nodes: [
    toolCalls(),
    node({
      name: 'in_order',
      sql: `
SELECT
  tool_name,
  status,
  error_class,
  duration_ms,
  lagInFrame(status, 1, '') OVER (
    PARTITION BY session_id, agent_id, prompt_id, tool_name
    ORDER BY called_at, tool_use_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS status_before
FROM tool_calls`,
    }),
    node({
      name: 'by_tool',
      sql: `
SELECT
  tool_name,
  count() AS calls,
  countIf(status = 'failure') AS failures,
  failures / calls AS failure_rate,
  countIf(startsWith(error_class, 'exit_')) AS exit_failures,
  countIf(error_class = 'timeout') AS timeouts,
  countIf(error_class = 'interrupted') AS interruptions,
  countIf(error_class = 'denied') AS denials,
  countIf(status_before = 'failure') AS retries,
  avgOrNull(duration_ms) AS avg_duration_ms,
  arraySort(groupUniqArrayIf(toUInt16OrZero(substring(error_class, 6)), startsWith(error_class, 'exit_'))) AS exit_codes
FROM in_order
GROUP BY tool_name
ORDER BY calls DESC, tool_name`,
    }),
  ],
  output: {
    tool_name: t.string(),
    calls: t.uint64(),
    failures: t.uint64(),
    failure_rate: t.float64(),
    exit_failures: t.uint64(),
    timeouts: t.uint64(),
    interruptions: t.uint64(),
    denials: t.uint64(),
    retries: t.uint64(),
    avg_duration_ms: t.float64().nullable(),
    exit_codes: t.array(t.uint16()),
  },
});
