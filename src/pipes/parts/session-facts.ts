/** SQL: what is known of the session that a request belongs to. */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';
import { mostExpensiveFirst, spendOfPart, spendTypes } from './cost-breakdown.js';
import { billedRequests, inWindow } from './define.js';

/** Of each machine the user who recorded there last. Machines are few, and their users seldom change. */
const usersOfDevices = `
SELECT toString(device) AS machine, argMax(toString(user), (version, toString(user))) AS machine_user
FROM session_summaries
WHERE user != ''
GROUP BY machine`;

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

/** The machine that recorded each session of `billed_requests`. */
const devices = `${facts('device')}\nUNION ALL${devicesWithoutSummary}`;

/** The user of that machine. */
const users = `
SELECT session_id, machine_user AS fact
FROM (SELECT session_id, fact AS machine FROM (${devices}))
INNER JOIN (${usersOfDevices}) AS users USING (machine)`;

/** The type of each session that has one, of all sessions. */
const typesOfSessions = `
SELECT session_id, argMax(toString(session_type), (version, toString(session_type))) AS type
FROM session_summaries
GROUP BY session_id
HAVING type != ''`;

/** Keeps the requests of the sessions of the type that the parameter `session_type` names; a condition before `billed_requests`. */
export const isOfSessionType = `{% if String(session_type) == 'unknown' %}
  session_id NOT IN (SELECT session_id FROM (${typesOfSessions}))
  {% else %}
  session_id IN (SELECT session_id FROM (${typesOfSessions}) WHERE type = {{ String(session_type) }})
  {% end %}`;

/** Parts that are known of the session alone, each with the SQL of its rows. */
const factsByPart = { session_type: facts('session_type'), device: devices, user: users } as const;

/** Joins what is known of the session to `billed_requests`, as `fact`, where the parameter `group_by` names such a part. */
export const joinedFacts = `
  {% if not defined(group_by) %}
  ${Object.entries(factsByPart)
    .map(
      ([part, sql]) => `{% elif String(group_by) == '${part}' %}
  LEFT JOIN (${sql}
  ) AS session_facts USING (session_id)`,
    )
    .join('\n  ')}
  {% end %}`;

/** The part of a request by such a fact. */
export const partOfFact = `if(fact = '', 'unknown', fact)`;

/**
 * SQL of the sessions of a machine or a user, for a condition before `billed_requests`: of all sessions, whenever they
 * were. One that only OpenTelemetry saw has no summary, and is the machine's that sent its newest sighting.
 *
 * @param fact the parameter that names the machine or the user
 */
export const sessionsOf = (fact: 'device' | 'user') => `
SELECT session_id
FROM (
  SELECT session_id, argMax(toString(device), (version, toString(device))) AS machine
  FROM session_summaries
  GROUP BY session_id
  UNION ALL
  SELECT session_id, argMax(toString(device), (timestamp, toString(device))) AS machine
  FROM api_requests
  WHERE ${inWindow}
    AND is_copy = 0
    AND session_id != ''
    AND session_id NOT IN (SELECT session_id FROM session_summaries)
  GROUP BY session_id
) AS sessions
${fact === 'user' ? `INNER JOIN (${usersOfDevices}) AS users USING (machine)` : ''}
WHERE ${fact === 'user' ? 'machine_user' : 'machine'} = {{ String(${fact}) }}`;

/**
 * The nodes of a breakdown of cost by what is known of the session; `unknown` where nothing is.
 *
 * @param column its name in `session_summaries`; each sighting of a request has the device, too, and each machine a user
 */
export const costBySessionFact = (column: 'session_type' | 'device' | 'user'): NodeDefinition[] => [
  billedRequests(),
  node({
    name: 'session_facts',
    description: 'What is known of the sessions of the requests',
    sql: column === 'user' ? users : column === 'device' ? devices : facts(column),
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
GROUP BY ${column}`,
  }),
  mostExpensiveFirst(column).page('parts'),
];

/** The columns of such a breakdown, besides the first one. */
export const sessionFactTypes = { sessions: t.uint64(), ...spendTypes };
