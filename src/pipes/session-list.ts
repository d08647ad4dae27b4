/** The question session_list: which sessions were there? */
import { node, p } from '@tinybirdco/sdk';
import { defineQuestion } from './parts/define.js';
import { sessionOverview, sessionTypes } from './session-overview.js';

/**
 * Which sessions were there? A page of session_overview: newest first, by status or by the beginning of an id,
 * going on after a given row. `after_activity` and `after_session` are that row's last_activity and session_id.
 */
export const sessionList = defineQuestion('session_list', {
  description:
    'Which sessions were there? A page of session_overview, newest first: at most `limit` rows after the row that after_activity and after_session name, narrowed by status or the beginning of the id.',
  params: {
    ...sessionOverview._params,
    limit: p.int32().optional(20).describe('How many sessions at most.'),
    status: p.string().optional().describe('Only sessions in this state: active, ended or abandoned.'),
    session_prefix: p.string().optional().describe('Only sessions whose id begins so.'),
    after_activity: p
      .dateTime()
      .optional()
      .describe('last_activity of the last row of the previous page (YYYY-MM-DD HH:MM:SS.mmm, UTC).'),
    after_session: p.string().optional().describe('session_id of the last row of the previous page.'),
  },
  nodes: [
    ...sessionOverview.options.nodes,
    node({
      name: 'page',
      sql: `
SELECT *
FROM overview
WHERE 1 = 1
  {% if defined(status) %}
  AND status = {{ String(status) }}
  {% end %}
  {% if defined(session_prefix) %}
  AND startsWith(session_id, {{ String(session_prefix) }})
  {% end %}
  {% if defined(after_activity) %}
  AND (
    last_activity IS NULL
    OR last_activity < parseDateTime64BestEffort({{ DateTime(after_activity) }}, 3, 'UTC')
    OR (
      last_activity = parseDateTime64BestEffort({{ DateTime(after_activity) }}, 3, 'UTC')
      AND session_id > {{ String(after_session, '') }}
    )
  )
  {% elif defined(after_session) %}
  AND last_activity IS NULL
  AND session_id > {{ String(after_session) }}
  {% end %}
ORDER BY last_activity DESC NULLS LAST, session_id
LIMIT {{ Int32(limit, 20) }}`,
    }),
  ],
  output: sessionTypes,
});
