/** SQL: the figures of each tool, over the calls of the window. */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';

/**
 * The calls of `tool_calls`, each with the outcome of the call before it: of the same tool, by the same thread, within
 * the same prompt.
 *
 * @param period expression over a call; calls of different periods do not follow on each other
 */
export const callsInOrder = (period?: string): NodeDefinition =>
  node({
    name: 'in_order',
    sql: `
SELECT
  ${period === undefined ? '' : `${period} AS period,`}
  tool_name,
  status,
  error_class,
  duration_ms,
  lagInFrame(status, 1, '') OVER (
    PARTITION BY ${period === undefined ? '' : 'period, '}session_id, agent_id, prompt_id, tool_name
    ORDER BY called_at, sequence, tool_use_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS status_before
FROM tool_calls`,
  });

/** The figures of a tool: columns over a group of {@link callsInOrder}. */
export const toolFigures = `
  count() AS calls,
  countIf(status = 'failure') AS failures,
  failures / calls AS failure_rate,
  countIf(startsWith(error_class, 'exit_')) AS exit_failures,
  countIf(error_class = 'timeout') AS timeouts,
  countIf(error_class = 'interrupted') AS interruptions,
  countIf(error_class = 'denied') AS denials,
  countIf(status_before = 'failure') AS retries,
  avgOrNull(duration_ms) AS avg_duration_ms,
  arraySort(groupUniqArrayIf(toUInt16OrZero(substring(error_class, 6)), startsWith(error_class, 'exit_'))) AS exit_codes`.trim();

export const toolTypes = {
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
};
