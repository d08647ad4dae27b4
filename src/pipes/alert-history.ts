/** The question alert_history: when did rules fire, and with which figures? */
import { node, p, t } from '@tinybirdco/sdk';
import { alertStates, severities } from './parts/alert-words.js';
import { defineQuestion, inProject, inWindow, oneOf, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';

/** The order of the rows. */
export const alertHistoryOrder = pageOrder(['timestamp', 'latest'], ['event_id', 'text']);

/** When did rules fire and end, and with which figures? One row per evaluation that changed a state, the newest first. */
export const alertHistory = defineQuestion('alert_history', {
  description:
    'When did alerts and budgets fire and end, and with which figures? One row per evaluation that changed the state of a rule, the newest first; also of rules that were removed since.',
  params: {
    ...windowParams,
    ...alertHistoryOrder.params,
    rule: p.string().optional().describe('Only this rule.'),
  },
  nodes: [
    node({
      name: 'evaluations',
      sql: `
SELECT
  event_id,
  timestamp,
  rule,
  metric,
  project,
  session_id,
  state,
  state_before,
  severity,
  value,
  threshold,
  starts_at,
  ends_at,
  is_late,
  is_told
FROM alert_evaluations
FINAL
WHERE ${inWindow}
  ${inProject}
  {% if defined(rule) %}
  AND rule = {{ String(rule) }}
  {% end %}`,
    }),
    alertHistoryOrder.page('evaluations'),
  ],
  output: {
    event_id: t.string(),
    timestamp: t.dateTime64(3, 'UTC'),
    rule: t.string(),
    metric: t.string(),
    project: t.string(),
    session_id: t.string(),
    state: oneOf(...alertStates),
    state_before: oneOf(...alertStates),
    severity: oneOf(...severities),
    value: t.float64().nullable(),
    threshold: t.float64().nullable(),
    starts_at: t.dateTime64(3, 'UTC'),
    ends_at: t.dateTime64(3, 'UTC'),
    is_late: t.uint8(),
    is_told: t.uint8(),
  },
});
