/** SQL: what is known of the session that a request belongs to. */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './cost-breakdown.js';
import { billedRequests } from './define.js';
import { slice } from './slice.js';

/**
 * The nodes of a breakdown of cost by what the summary of a session says; `unknown` for a session without a summary.
 *
 * @param column its name in `session_summaries`
 */
export const costBySessionFact = (column: 'session_type' | 'device'): NodeDefinition[] => [
  billedRequests(),
  node({
    name: 'session_facts',
    description: 'The sessions of the requests that have a summary',
    sql: `
SELECT session_id, argMax(${column}, version) AS fact
FROM session_summaries
WHERE session_id IN (SELECT session_id FROM billed_requests)
GROUP BY session_id`,
  }),
  node({
    name: 'parts',
    sql: `
SELECT
  if(fact = '', 'unknown', toString(fact)) AS ${column},
  uniqExactIf(session_id, session_id != '') AS sessions,
  ${spendOfPart}
FROM billed_requests
LEFT JOIN session_facts USING (session_id)
GROUP BY ${column}
ORDER BY total_cost_usd DESC NULLS LAST, ${column}${slice}`,
  }),
];

/** The columns of such a breakdown, besides the first one. */
export const sessionFactTypes = { sessions: t.uint64(), ...spendTypes };
