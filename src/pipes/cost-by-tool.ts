/** The question cost_by_tool: what did it cost to read the results of each tool? */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { toolCalls } from './parts/tool-calls.js';
import { windowFrom, windowStart } from './parts/window.js';

/** A call of the day before the window may be answered in it. */
const withDayBefore = windowFrom(`${windowStart} - toIntervalDay(1)`);

/** The order of the rows. */
export const costByToolOrder = pageOrder(
  ['tool_name', 'attributed_first'],
  ['total_cost_usd', 'most_expensive'],
  ['tool_name', 'text'],
);

/**
 * What did it cost to read the results of each tool? The results of calls go to the model with the next request of their
 * thread. The cost of that request is shared equally among the calls that it answers. A request that answers none (a
 * prompt, the first one of a subagent) is in the row `unattributed`.
 *
 * A result stays in the context. What later requests pay for it, mostly as cache reads, is in the rows of the calls that
 * they answer: this tells what brings the model to think again, not how large a result is. `fresh_input_tokens` comes
 * closest to that: the input that was not read from the cache.
 */
export const costByTool = defineQuestion('cost_by_tool', {
  description:
    'What did it cost to read the results of each tool, most expensive first? A request belongs to the calls of its thread that it brings the results of, in equal shares; unattributed: to none. request_share, tokens and cost are sums of shares, so the rows sum to the total. fresh_input_tokens: of these, input that was not read from the cache, mostly the results themselves. What a result costs later, in the context, is not in its row. List prices.',
  params: { ...windowParams, ...costByToolOrder.params },
  nodes: [
    billedRequests(),
    toolCalls(withDayBefore),
    node({
      name: 'answered_calls',
      description: 'Each call with the request that brought its result to the model',
      sql: `
SELECT calls.tool_name AS tool_name, requests.request_key AS request_key
FROM (SELECT session_id, agent_id, called_at, tool_name FROM tool_calls) AS calls
ASOF INNER JOIN (SELECT session_id, agent_id, timestamp, request_key FROM billed_requests) AS requests
  ON calls.session_id = requests.session_id
  AND calls.agent_id = requests.agent_id
  AND calls.called_at < requests.timestamp`,
    }),
    node({
      name: 'shares',
      description: 'Each request with the tools that it answers and the share of each',
      sql: `
SELECT
  request.*,
  if(tools = 0, 'unattributed', tool) AS tool_name,
  if(tools = 0, 1, calls_of_tool / tools) AS share,
  if(tools = 0, 0, calls_of_tool) AS calls_of_share
FROM billed_requests AS request
LEFT JOIN (
  SELECT request_key, tool_name AS tool, count() AS calls_of_tool, sum(count()) OVER (PARTITION BY request_key) AS tools
  FROM answered_calls
  GROUP BY request_key, tool_name
) AS answered USING (request_key)`,
    }),
    node({
      name: 'parts',
      sql: `
SELECT
  tool_name,
  sum(calls_of_share) AS calls,
  count() AS request_count,
  sum(share) AS request_share,
  sum(share * total_tokens) AS tokens,
  sum(share * (input_tokens + cache_creation_tokens)) AS fresh_input_tokens,
  sumOrNull(share * cost_usd) AS total_cost_usd,
  countIf(cost_usd IS NULL) AS unpriced_requests
FROM shares
GROUP BY tool_name`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  tool_name,
  calls,
  request_count,
  request_share,
  tokens AS total_tokens,
  fresh_input_tokens,
  total_cost_usd,
  total_cost_usd / nullIf(sum(total_cost_usd) OVER (), 0) AS cost_share,
  unpriced_requests
FROM parts`,
    }),
    costByToolOrder.page('answer'),
  ],
  output: {
    tool_name: t.string(),
    calls: t.uint64(),
    request_count: t.uint64(),
    request_share: t.float64(),
    total_tokens: t.float64(),
    fresh_input_tokens: t.float64(),
    total_cost_usd: t.float64().nullable(),
    cost_share: t.float64().nullable(),
    unpriced_requests: t.uint64(),
  },
});
