/** The question alert_list: which rules are there, and which of them are firing? */
import { node, p, t } from '@tinybirdco/sdk';
import { alertKinds, alertStates, comparators, severities } from './parts/alert-words.js';
import { defineQuestion, inProject, inWindow, oneOf, windowParams } from './parts/define.js';

/** The states, the worst last. */
const states = `['', 'ok', 'soft', 'firing', 'hard']`;

/**
 * Which rules are there, and which of them are firing? One row per rule that was not removed, the worst state first. Of
 * a budget per session, the state is that of the session with the worst one. The window counts how often each rule fired.
 */
export const alertList = defineQuestion('alert_list', {
  description:
    'Which rules of alerts and budgets are there, in which state are they, and how often did each fire in the window? One row per rule, the worst state first. A state is that of the last evaluation that changed it; empty if there was none since the rule was saved; of a budget per session, that of the session with the worst one. project keeps the rules with this filter.',
  params: { ...windowParams, rule: p.string().optional().describe('Only the rule of this name.') },
  nodes: [
    node({
      name: 'rules',
      sql: `
SELECT *
FROM alert_rules
FINAL
WHERE is_removed = 0
  ${inProject}
  {% if defined(rule) %}
  AND rule = {{ String(rule) }}
  {% end %}`,
    }),
    node({
      name: 'states_by_session',
      sql: `
SELECT
  rule AS of_rule,
  rule_version AS of_version,
  session_id AS of_session,
  argMax((state, value, threshold, session_id), timestamp) AS of_last,
  max(timestamp) AS of_change
FROM alert_evaluations
FINAL
WHERE is_late = 0
GROUP BY of_rule, of_version, of_session`,
    }),
    node({
      name: 'states',
      sql: `
SELECT
  of_rule AS state_rule,
  of_version AS state_version,
  argMax((of_last, of_change), (indexOf(${states}, of_last.1), of_change)) AS worst,
  worst.1 AS last,
  worst.2 AS last_change
FROM states_by_session
GROUP BY state_rule, state_version`,
    }),
    node({
      name: 'counts',
      sql: `
SELECT rule AS counted_rule, countIf(state != 'ok') AS times_fired
FROM alert_evaluations
FINAL
WHERE ${inWindow}
GROUP BY counted_rule`,
    }),
    node({
      name: 'rules_with_states',
      sql: `
SELECT
  rule,
  kind,
  metric,
  span,
  timezone,
  project,
  model,
  model_family,
  agent_type,
  skill_name,
  git_branch,
  comparator,
  threshold,
  hard_limit,
  median_factor,
  median_windows,
  hysteresis,
  cooldown_minutes,
  severity,
  is_enabled,
  version,
  timestamp AS saved_at,
  last.1 AS state,
  last.2 AS value,
  last.3 AS compared_with_value,
  last.4 AS state_session,
  if(state = '', NULL, last_change) AS changed_at,
  ifNull(times_fired, 0) AS fired
FROM rules
LEFT JOIN states ON state_rule = rule AND state_version = version
LEFT JOIN counts ON counted_rule = rule
ORDER BY indexOf(${states}, state) DESC, rule`,
    }),
  ],
  output: {
    rule: t.string(),
    kind: oneOf(...alertKinds),
    metric: t.string(),
    span: t.string(),
    timezone: t.string(),
    project: t.string(),
    model: t.string(),
    model_family: t.string(),
    agent_type: t.string(),
    skill_name: t.string(),
    git_branch: t.string(),
    comparator: oneOf(...comparators),
    threshold: t.float64().nullable(),
    hard_limit: t.float64().nullable(),
    median_factor: t.float64().nullable(),
    median_windows: t.uint8().nullable(),
    hysteresis: t.float64(),
    cooldown_minutes: t.uint32(),
    severity: oneOf(...severities),
    is_enabled: t.uint8(),
    version: t.uint64(),
    saved_at: t.dateTime64(3, 'UTC'),
    state: oneOf('', ...alertStates),
    value: t.float64().nullable(),
    compared_with_value: t.float64().nullable(),
    state_session: t.string(),
    changed_at: t.dateTime64(3, 'UTC').nullable(),
    fired: t.uint64(),
  },
});
