/** The question session_list: which sessions were there? */
import { node, p } from '@tinybirdco/sdk';
import { defineQuestion, windowOfSession } from './parts/define.js';
import { filterParams } from './parts/filters.js';
import { sessionsOf } from './parts/session-facts.js';
import { sortFigure } from './parts/session-place.js';
import { sessionOrders, sessionSorts } from './parts/session-sorts.js';
import { orNever, windowBetween, type Window } from './parts/window.js';
import { sessionNodes, sessionOverview, sessionTypes, thisSession } from './session-overview.js';

const beginsSo = `startsWith(session_id, {{ String(session_prefix) }})`;

const boundOfSessions = (bound: string) => `(SELECT ${bound} FROM session_bounds WHERE ${beginsSo})`;

/** From the first to the last row of the sessions whose id begins so; the sightings of one request may be a day apart. */
const lives = windowBetween(
  orNever(boundOfSessions('minOrNull(first_at) - toIntervalDay(1)')),
  boundOfSessions('maxOrNull(last_at) + toIntervalDay(1)'),
);

/** SQL that depends on the parameter `order`. */
const isAscending = (ascending: string, descending: string) =>
  `{% if String(order, 'desc') == 'asc' %}${ascending}{% elif String(order, 'desc') == 'desc' %}${descending}{% else %}{{ error('order takes ${sessionOrders.join(', ')}') }}{% end %}`;

const ifPrefix = (condition: string) => `
  {% if defined(session_prefix) %}
  AND ${condition}
  {% end %}`;

/** A session that is requested by the beginning of its id is looked for in the weeks in which such sessions happened. */
const window: Window = {
  ...windowOfSession,
  weeks: `${windowOfSession.weeks} ${ifPrefix(lives.weeks)}`,
  events: `${windowOfSession.events} ${ifPrefix(lives.rows)}`,
};

/**
 * Which sessions were there? A page of session_overview: sorted by one figure, by status, machine, user, cost or the beginning of
 * an id, going on after a given row. A session whose cost is unknown has none to compare, and sessions for which the figure is unknown
 * come last. `after_figure` and `after_session` are the figure of that row, as session-place.ts has it, and its session_id.
 */
export const sessionList = defineQuestion('session_list', {
  description:
    'Which sessions were there? A page of session_overview, sorted by one figure, by default the last active first: at most `limit` rows after the row that after_figure and after_session name, narrowed by status, machine, user, cost or the beginning of the id.',
  params: {
    ...sessionOverview._params,
    limit: p.int32().optional(20).describe('How many sessions at most.'),
    status: p.string().optional().describe('Only sessions in this state: active, ended or abandoned.'),
    device: filterParams.device,
    user: filterParams.user,
    session_prefix: p.string().optional().describe('Only sessions whose id begins so.'),
    min_cost_usd: p
      .float64()
      .optional()
      .describe('Only sessions that cost at least this at list price, USD.'),
    max_cost_usd: p.float64().optional().describe('Only sessions that cost at most this at list price, USD.'),
    sort: p
      .string()
      .optional('activity')
      .describe(`What to sort by: ${sessionSorts.join(', ')}.`),
    order: p
      .string()
      .optional('desc')
      .describe(
        `The order: ${sessionOrders.join(' or ')}. Sessions for which the figure is unknown come last.`,
      ),
    after_figure: p
      .int64()
      .optional()
      .describe(
        'The figure of the last row of the previous page, a whole number: times as milliseconds since 1970, costs as billionths of a USD, rounded. Without it, but with after_session: that row had none.',
      ),
    after_session: p.string().optional().describe('session_id of the last row of the previous page.'),
  },
  nodes: [
    ...sessionNodes(window, `${thisSession} ${ifPrefix(beginsSo)}`),
    node({
      name: 'page',
      sql: `
SELECT * EXCEPT (sort_figure)
FROM (
  SELECT
    *,
    ${sortFigure} AS sort_figure
  FROM overview
)
WHERE 1 = 1
  {% if defined(status) %}
  AND status = {{ String(status) }}
  {% end %}
  ${ifPrefix(beginsSo)}
  {% if defined(device) %}
  AND session_id IN (${sessionsOf('device')})
  {% end %}
  {% if defined(user) %}
  AND session_id IN (${sessionsOf('user')})
  {% end %}
  {% if defined(min_cost_usd) %}
  AND total_cost_usd >= {{ Float64(min_cost_usd) }}
  {% end %}
  {% if defined(max_cost_usd) %}
  AND total_cost_usd <= {{ Float64(max_cost_usd) }}
  {% end %}
  {% if defined(after_figure) %}
  AND (
    sort_figure IS NULL
    OR sort_figure ${isAscending('>', '<')} {{ Int64(after_figure) }}
    OR (sort_figure = {{ Int64(after_figure) }} AND session_id > {{ String(after_session, '') }})
  )
  {% elif defined(after_session) %}
  AND sort_figure IS NULL
  AND session_id > {{ String(after_session) }}
  {% end %}
ORDER BY sort_figure ${isAscending('ASC', 'DESC')} NULLS LAST, session_id
LIMIT {{ Int32(limit, 20) }}`,
    }),
  ],
  output: sessionTypes,
});
