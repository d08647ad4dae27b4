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
import { costOfRequest, priceSourceOfRequest, priceSources } from '../../datasources/price.js';
import { isSeenBy, isSeenOnlyBy } from '../../datasources/layers.js';
import { readText } from '../../datasources/ranked.js';
import { isOwnWeek, ownerNames } from '../../datasources/requests.js';
import { isDeclined, rankOfUsage, tokenKinds, usage } from '../../datasources/usage.js';
import { askedWindow, inWindow, orNever, windowBetween, windowStart, type Window } from './window.js';

export { askedWindow, inWindow };

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

/** SQL of a bound of the requested session, or of several by comma. */
const boundOfSession = (bound: string) => `(
    SELECT ${bound}
    FROM session_bounds
    WHERE has(splitByChar(',', {{ String(session_id) }}), session_id)
  )`;

const startOfSession = orNever(boundOfSession('minOrNull(first_at) - toIntervalDay(1)'));

/** From the first to the last row of the requested session or sessions; the sightings of one request may be a day apart. */
export const lifeOfSession = windowBetween(
  startOfSession,
  boundOfSession('maxOrNull(last_at) + toIntervalDay(1)'),
);

const unlessBounded = (whole: string, bounded: string) => `
  {% if defined(session_id) and not defined(days) and not defined(date_from) and not defined(date_to) %}
  ${whole}
  {% else %}
  ${bounded}
  {% end %}`;

/** A session that is requested by its id is shown whole, however old, unless a period is given too. */
export const windowOfSession: Window = {
  rows: unlessBounded('1 = 1', askedWindow.rows),
  weeks: unlessBounded(lifeOfSession.weeks, askedWindow.weeks),
  events: unlessBounded(lifeOfSession.rows, askedWindow.rows),
  sessions: unlessBounded('1 = 1', askedWindow.sessions),
};

/** Keeps the rows since the start of that window, also those after its end. */
export const sinceWindowOfSession = unlessBounded(
  `timestamp >= ${startOfSession}`,
  `timestamp >= ${windowStart}`,
);

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

/** The tokens of a request, as plain columns. */
const tokens = tokenKinds.map((kind) => `${usage(kind)} AS ${kind}`).join(',\n    ');

/** All tokens of a request, of every kind. */
const totalTokens = tokenKinds.map((kind) => `toUInt64(${usage(kind)})`).join(' + ');

/** The names of a request, as plain columns. */
const bestTexts = ([...ownerNames, 'model'] as const)
  .map((column) => {
    const text = readText(`best_${column}`);
    return `${column === 'skill_name' ? `if(${text} = '${noSkill}', '', ${text})` : text} AS ${column}`;
  })
  .join(',\n    ');

/** The tokens of a request, which a replay of it has too, whatever the ranks of their sightings. */
const sameUsage = tokenKinds.map(usage).join(', ');

const storedTokens = tokenKinds.map((kind) => `best_${kind}`).join(', ');

/** Keeps the requests without a request id, which some providers do not give. */
const isNameless = `request_id = ''`;

/**
 * Keys of the requests without a request id that are counted under another key or not at all; see
 * {@link billedRequests}. The rows of one response lie minutes apart, and a week has the sightings of a day around it,
 * so no other weeks are read; none at all without such a request.
 *
 * A row without a request id gives way to one with a request id in the same session: some lines of a response lack it.
 * Earlier versions wrote requests without a request id under the message id alone. Where the session was read again, that
 * row is not counted. A replay without a request id has the time and the usage of the original.
 */
const namelessGivingWay = (weeks: string) => `
    SELECT request_key
    FROM (
      SELECT
        request_key,
        is_nameless
          AND seen_only_by_otel
          AND session_id IN (
            SELECT session_id
            FROM session_bounds
            WHERE ${isSeenBy('transcript', 'request_sources')}
              AND session_id IN (SELECT session_id FROM nameless_messages WHERE ${weeks})
          ) AS is_known_otherwise,
        is_nameless
          AND request_key = message_id
          AND max(startsWith(request_key, concat(message_id, ':'))) OVER (PARTITION BY message) = 1 AS is_old_key,
        is_nameless
          AND is_sidechain = 0
          AND min(if(is_sidechain = 1, 1, is_nameless)) OVER (PARTITION BY message, session_id) = 0 AS lacks_id,
        is_nameless
          AND is_sidechain = 1
          AND min(is_sidechain) OVER (PARTITION BY message, timestamp, ${sameUsage}) = 0 AS is_replay
      FROM (
        SELECT
          request_key,
          timestamp,
          message_id,
          ${message} AS message,
          ${isNameless} AS is_nameless,
          is_sidechain,
          ${isSeenOnlyBy('otel')} AS seen_only_by_otel,
          ${readText('best_session_id')} AS session_id,
          ${storedTokens}
        FROM requests
        FINAL
        WHERE week IN (SELECT week FROM nameless_messages WHERE ${weeks})
      )
      WHERE cityHash64(message) IN (SELECT message_hash FROM nameless_messages WHERE ${weeks})
    )
    WHERE is_known_otherwise OR is_old_key OR lacks_id OR is_replay`;

/**
 * Whether a request stands under the request id alone and is counted under the request id and the message id, because
 * other requests have the request id, too. OpenTelemetry knows no message ids: what only it saw is not counted in a
 * session that has such requests.
 */
const isKnownWithMessage = (weeks: string) => `
    request_id != ''
    AND request_key != concat(request_id, '|', message_id)
    AND (cityHash64(concat(request_id, '|', message_id)), if(message_id = '', session_id, '')) IN (
      SELECT message_hash, session_id FROM nameless_messages WHERE ${weeks}
    )`;

/**
 * Keys of the side questions that replay a message: one of the main branch of any session, or that of an earlier side
 * question with the same usage. Tables that views keep know both, so no other weeks are read.
 */
const replays = (window: string) => `
    SELECT request_key
    FROM (
      SELECT
        request_key,
        message_hash,
        timestamp,
        row_number() OVER (PARTITION BY message_hash, ${sameUsage} ORDER BY timestamp, request_key) AS place
      FROM side_questions
      FINAL
    )
    WHERE (place > 1 OR message_hash IN (
      SELECT message_hash
      FROM main_messages
      WHERE message_hash IN (SELECT message_hash FROM side_questions WHERE ${window})
    ))`;

/**
 * The requests of the window, each once, with plain columns. Every question about tokens or money must start from
 * this node and from no other table.
 *
 * `cost_usd` is our own price, and `price_source` says where it is from; the cost that the client reports is a separate
 * column.
 *
 * A side question replays a message under a new request id: it counts once, on the main branch. Nothing else gives way
 * to another request: some gateways answer every request with the same message id. A subagent's response is no replay,
 * even if a gateway gave it a message id of the main branch.
 * An attempt that the API declined before any output is not billed, although the client reports a cost.
 * A gateway may give several requests one id. They are told apart by their message ids, and a sighting without one gives way.
 * Some providers give requests no id. Then nothing joins the sightings of OpenTelemetry and of a transcript, so in
 * a session that has a transcript, OpenTelemetry's sighting is not counted.
 */
export const billedRequests = (window = askedWindow, condition = ''): NodeDefinition =>
  node({
    name: 'billed_requests',
    description:
      'Requests of the window with the names and the usage of their best sighting, each response once',
    sql: `
SELECT *
FROM (
  SELECT
    request_key,
    timestamp,
    message_id,
    is_sidechain,
    request_id,
    ${rankOfUsage} AS usage_rank,
    ${bestTexts},
    ${tokens},
    ${totalTokens} AS total_tokens,
    ${costOfRequest} AS cost_usd,
    ${priceSourceOfRequest} AS price_source,
    reported_cost_usd,
    duration_ms,
    sources
  FROM requests
  FINAL
  WHERE ${window.weeks}
    AND ${isOwnWeek}
    AND NOT ${isDeclined}
)
WHERE ${window.rows}
  ${inProject}
  ${condition}
  AND NOT (${isNameless} AND request_key IN (${namelessGivingWay(window.weeks)}
  ))
  AND NOT (${isKnownWithMessage(window.weeks)}
  )
  AND NOT (is_sidechain = 1 AND agent_type = '' AND NOT ${isNameless} AND request_key IN (${replays(window.events)}
  ))`,
  });

/** A text column with a fixed set of values; the schema of its rows accepts no other. */
export function oneOf<const W extends readonly [string, ...string[]]>(...words: W) {
  return Object.assign(t.string<W[number]>(), { words });
}

/** Where a price comes from: the price list, the settings, or learnt from the client; empty without a price. */
export const priceSourceType = oneOf('', ...priceSources);

/** Defines a question of the catalogue: an endpoint that the read token may call. */
export function defineQuestion<P extends ParamsDefinition, O extends OutputDefinition>(
  name: string,
  options: Omit<EndpointOptions<P, O>, 'tokens'>,
) {
  return defineEndpoint(name, { ...options, tokens: [{ token: readToken, scope: 'READ' }] });
}
