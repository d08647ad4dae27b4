/** Defines questions, and the parameters and nodes that they share. */
import {
  defineEndpoint,
  node,
  p,
  t,
  type EndpointOptions,
  type NodeDefinition,
  type OutputDefinition,
  type ParamsDefinition,
} from '@tinybirdco/sdk';
import { readToken } from '../../datasources/define.js';
import { noSkill } from '../../datasources/no-skill.js';
import { costOfRequest, priceSourceOfRequest } from '../../datasources/price.js';
import { isDeclined, usage } from '../../datasources/usage.js';
import { inWindow } from './window.js';

export { inWindow };

/**
 * Parameters that every question takes.
 *
 * On the wire the exact bounds are `date_from` and `date_to`, because `from` is a Python keyword in
 * Tinybird's templates and the SDK's own `from=ts-sdk` overwrites it; the typed client takes `from` and `to`.
 */
export const windowParams = {
  days: p
    .int32()
    .optional(7)
    .describe('Length of the window, in days, to now or to date_to. Overridden by date_from.'),
  date_from: p.dateTime().optional().describe('First moment, UTC, inclusive (YYYY-MM-DD HH:MM:SS).'),
  date_to: p.dateTime().optional().describe('Last moment, UTC, exclusive (YYYY-MM-DD HH:MM:SS).'),
  project: p.string().optional().describe('Only this project, as in the project column.'),
};

/** A session that is requested by its id is shown whole, however old, unless a period is given too. */
export const inWindowOfSession = `
  {% if defined(session_id) and not defined(days) and not defined(date_from) and not defined(date_to) %}
  1 = 1
  {% else %}
  ${inWindow}
  {% end %}`;

/** Keeps the rows of the requested project. */
export const inProject = `
  {% if defined(project) %}
  AND project = {{ String(project) }}
  {% end %}`;

/** Refuses an empty id: rows with an empty session or task belong to none. */
export const named = (parameter: string) => `
  {% if String(${parameter}) == '' %}
  {{ error('${parameter} is empty') }}
  {% end %}`;

/** Keeps the rows of the requested session. */
export const ofSession = `
  ${named('session_id')}
  AND session_id = {{ String(session_id) }}`;

/** Whether a request of `billed_requests` is a subagent's. OpenTelemetry's log events have the type of a subagent without its id. */
export const isSubagent = `(agent_id != '' OR (is_sidechain = 1 AND agent_type != ''))`;

/** Key of the message that a request produced; the same under each of its request ids. */
const message = `if(message_id = '', request_key, message_id)`;

/** The identity, the owner and the sources of a row of `requests`, as plain columns. */
const identity = `request_key,
    timestamp,
    message_id,
    is_sidechain,
    request_id,
    ${usage('rank')} AS usage_rank,
    session_id.2 AS session_id,
    project.2 AS project`;

/**
 * Keys of the requests that may be duplicates, and of a few others: two requests with one message, and requests that
 * only OpenTelemetry saw, without an id. Unmerged sightings are enough to find them, and a collision of the hash only
 * adds candidates.
 */
const doubtful = `
      SELECT request_key
      FROM requests
      WHERE (request_id = '' AND sources = ['otel'])
        OR cityHash64(${message}) IN (
          SELECT cityHash64(${message}) AS hash
          FROM requests
          GROUP BY hash
          HAVING min(cityHash64(request_key)) != max(cityHash64(request_key))
        )`;

/** All tokens of a request, of every kind. */
const totalTokens = (['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens'] as const)
  .map(usage)
  .join(' + ');

/** The tokens of a request, which a replay of it has too. */
const sameUsage = ['output_tokens', 'input_tokens', 'cache_read_tokens', 'cache_creation_tokens'].join(', ');

/**
 * Keys of the requests that are counted under another key or not at all; see {@link billedRequests}.
 *
 * A replay is on a side branch, and its message is also on the main branch, or on another side branch with the same
 * usage. A subagent's response is no replay, even if a gateway gave it a message id of the main branch. Without a request
 * id, a replay has the time and the usage of the original.
 *
 * A row without a request id gives way to one with a request id in the same session: some lines of a response lack it.
 * Earlier versions wrote requests without a request id under the message id alone. Where the session was read again, that
 * row is not counted.
 */
const givingWay = (conditions: string) => `
  SELECT request_key
  FROM (
    SELECT
      request_key,
      request_id = ''
        AND sources = ['otel']
        AND session_id IN (SELECT session_id.2 FROM requests WHERE has(sources, 'transcript')) AS is_known_otherwise,
      request_id = ''
        AND request_key = message_id
        AND max(startsWith(request_key, concat(message_id, ':'))) OVER (PARTITION BY message) = 1 AS is_old_key,
      request_id = ''
        AND is_sidechain = 0
        AND min(if(is_sidechain = 1, '', request_id) = '') OVER (PARTITION BY message, session_id) = 0 AS lacks_id,
      is_sidechain = 1 AND multiIf(
        request_id = '', min(is_sidechain) OVER (PARTITION BY message, timestamp, ${sameUsage}) = 0,
        agent_type != '', 0,
        min(is_sidechain) OVER (PARTITION BY message) = 0 OR row_number() OVER (
          PARTITION BY message, is_sidechain, request_id = '', agent_type = '', ${sameUsage}
          ORDER BY timestamp, request_key
        ) > 1
      ) AS is_replay
    FROM (
      SELECT
        ${identity},
        ${message} AS message,
        agent_type.2 AS agent_type,
        ${usage('output_tokens')} AS output_tokens,
        ${usage('input_tokens')} AS input_tokens,
        ${usage('cache_read_tokens')} AS cache_read_tokens,
        ${usage('cache_creation_tokens')} AS cache_creation_tokens,
        sources
      FROM requests
      FINAL
      PREWHERE request_key IN (${doubtful}
      )
    )
    WHERE ${conditions}
  )
  WHERE is_known_otherwise OR is_old_key OR lacks_id OR is_replay`;

/**
 * The requests of the window, each once, with plain columns. Every question about tokens or money must start from
 * this node and from no other table.
 *
 * `cost_usd` is our own price, and `price_source` says where it is from; the cost that the client reports is a separate
 * column.
 *
 * A side question replays a message under a new request id: it counts once, on the main branch. Nothing else gives way
 * to another request: some gateways answer every request with the same message id.
 * An attempt that the API declined before any output is not billed, although the client reports a cost.
 * Some providers give requests no id. Then nothing joins the sightings of OpenTelemetry and of a transcript, so in
 * a session that has a transcript, OpenTelemetry's sighting is not counted.
 */
export const billedRequests = (window = inWindow, condition = ''): NodeDefinition => {
  const conditions = `${window} ${inProject} ${condition}`;
  return node({
    name: 'billed_requests',
    description:
      'Requests of the window with the names and the usage of their best sighting, each response once',
    sql: `
SELECT *
FROM (
  SELECT
    ${identity},
    prompt_id.2 AS prompt_id,
    agent_id.2 AS agent_id,
    agent_type.2 AS agent_type,
    parent_agent_id.2 AS parent_agent_id,
    if(skill_name.2 = '${noSkill}', '', skill_name.2) AS skill_name,
    ${usage('input_tokens')} AS input_tokens,
    ${usage('output_tokens')} AS output_tokens,
    ${usage('cache_read_tokens')} AS cache_read_tokens,
    ${usage('cache_creation_tokens')} AS cache_creation_tokens,
    ${totalTokens} AS total_tokens,
    ${costOfRequest} AS cost_usd,
    ${priceSourceOfRequest} AS price_source,
    reported_cost_usd,
    duration_ms,
    sources,
    ${usage('model')} AS model
  FROM requests
  FINAL
  WHERE NOT ${isDeclined}
)
WHERE ${conditions}
  AND request_key NOT IN (${givingWay(conditions)}
  )`,
  });
};

/** A text column with a fixed set of values; the schema of its rows accepts no other. */
export function oneOf<const W extends readonly [string, ...string[]]>(...words: W) {
  return Object.assign(t.string<W[number]>(), { words });
}

/** Where a price comes from: the price list, the settings, or learnt from the client; empty without a price. */
export const priceSourceType = oneOf('', 'list', 'settings', 'learnt');

/** Defines a question of the catalogue: an endpoint that the read token may call. */
export function defineQuestion<P extends ParamsDefinition, O extends OutputDefinition>(
  name: string,
  options: Omit<EndpointOptions<P, O>, 'tokens'>,
) {
  return defineEndpoint(name, { ...options, tokens: [{ token: readToken, scope: 'READ' }] });
}
