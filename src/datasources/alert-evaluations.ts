/** The table alert_evaluations: each evaluation of a rule that changed its state, with its figures. */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe } from './define.js';

/** An evaluation that changed the state of a rule. `session_id` is the session that a budget per session is about. */
export const alertEvaluations = defineTable('alert_evaluations', {
  description: 'Evaluations that changed the state of an alert or a budget, each with its figures.',
  schema: {
    ...common,
    rule: describe(t.string(), "The rule's name."),
    rule_version: describe(t.uint64(), 'Its version then, milliseconds since 1970.'),
    metric: describe(t.string().lowCardinality(), 'The figure that was compared.'),
    state: describe(t.string().lowCardinality(), 'ok; firing; of a budget: soft or hard.'),
    state_before: describe(t.string().lowCardinality(), 'The state before it.'),
    severity: describe(t.string().lowCardinality(), 'info, warning or critical.'),
    value: describe(t.float64().nullable(), 'The figure; null if it was unknown.'),
    threshold: describe(t.float64().nullable(), 'What it was compared with; null if that was unknown.'),
    starts_at: describe(t.dateTime64(3, 'UTC'), 'Start of the window, UTC, inclusive.'),
    ends_at: describe(t.dateTime64(3, 'UTC'), 'End of the window, UTC, exclusive.'),
    is_late: describe(t.uint8(), '1: about the window before, because of rows that came late.'),
    is_told: describe(t.uint8(), '1: it was told; 0: the cool-down kept it quiet.'),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['timestamp', 'event_id'],
    partitionKey: 'toYYYYMM(timestamp)',
  }),
});

/** An evaluation as it is sent to Tinybird. */
export type AlertEvaluationRow = InferRow<typeof alertEvaluations>;
