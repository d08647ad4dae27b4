/** SQL: what is known of the session that a request belongs to. */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './cost-breakdown.js';
import { billedRequests, inWindow } from './define.js';
import { slice } from './slice.js';

/** What is known of each session. Of two summaries of one version that from the last machine by its id counts. */
const facts = (column: 'session_type' | 'device') => `
SELECT session_id, argMax(toString(${column}), (version, toString(${column}))) AS fact
FROM session_summaries
WHERE session_id IN (SELECT session_id FROM billed_requests)
GROUP BY session_id`;

/** The machine that sent the newest sighting in the window of a session without a summary, which only OpenTelemetry saw. */
const devicesWithoutSummary = `
SELECT session_id, argMax(toString(device), (timestamp, toString(device))) AS fact
FROM api_requests
WHERE ${inWindow}
  AND is_copy = 0
  AND session_id != ''
  AND session_id NOT IN (SELECT session_id FROM session_summaries)
GROUP BY session_id`;

/**
 * The nodes of a breakdown of cost by what is known of the session; `unknown` where nothing is.
 *
 * @param column its name in `session_summaries`; each sighting of a request has the device, too
 */
export const costBySessionFact = (column: 'session_type' | 'device'): NodeDefinition[] => [
  billedRequests(),
  node({
    name: 'session_facts',
    description: 'What is known of the sessions of the requests',
    sql: column === 'device' ? `${facts(column)}\nUNION ALL${devicesWithoutSummary}` : facts(column),
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
