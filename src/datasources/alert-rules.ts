/** The table alert_rules: what the user wants to be told of, and the budgets. */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe } from './define.js';

/** A rule, as it was last saved: the newest version of each name counts. */
export const alertRules = defineTable('alert_rules', {
  description: 'Rules of alerts and budgets, by name; the newest version counts. `project` is a filter here.',
  schema: {
    ...common,
    rule: describe(t.string(), "The rule's name, which is its identity."),
    kind: describe(t.string().lowCardinality(), 'alert, or budget, which has a soft and a hard limit.'),
    metric: describe(t.string().lowCardinality(), 'The figure that is compared, as pipes name it.'),
    span: describe(
      t.string().lowCardinality(),
      'The window: 30m, 24h, 7d … to now; the current day, week or month; session: each active session; period: that of a limit of the plan.',
    ),
    timezone: describe(t.string().lowCardinality(), 'Time zone in which days, weeks and months begin.'),
    model: describe(t.string().default(''), 'Only requests of this model; empty: all.'),
    model_family: describe(t.string().default(''), 'Only requests of this family of models; empty: all.'),
    agent_type: describe(t.string().default(''), 'Only requests of this type of agent; empty: all.'),
    skill_name: describe(t.string().default(''), 'Only requests under this skill; empty: all.'),
    git_branch: describe(t.string().default(''), 'Only requests on this branch; empty: all.'),
    comparator: describe(t.string().lowCardinality(), 'above or below.'),
    threshold: describe(
      t.float64().nullable(),
      'The value that is compared with; of a budget, the soft limit; null if the median is.',
    ),
    hard_limit: describe(t.float64().nullable(), 'Hard limit of a budget; null for none.'),
    median_factor: describe(
      t.float64().nullable(),
      'Compared with this many times the median of earlier windows; null if the threshold is.',
    ),
    median_windows: describe(t.uint8().nullable(), 'How many earlier windows; null without a factor.'),
    hysteresis: describe(
      t.float64(),
      'How far the figure must come back before the alert ends, as a share of the threshold.',
    ),
    cooldown_minutes: describe(t.uint32(), 'Minutes in which the same alert is not told again.'),
    severity: describe(t.string().lowCardinality(), 'info, warning or critical.'),
    is_enabled: describe(t.uint8(), '0: kept, but not evaluated.'),
    is_removed: describe(t.uint8(), '1: removed.'),
    version: describe(t.uint64(), 'When it was saved, milliseconds since 1970; the newest counts.'),
  },
  engine: engine.replacingMergeTree({ sortingKey: ['rule'], ver: 'version' }),
});

/** A rule as it is sent to Tinybird. */
export type AlertRuleRow = InferRow<typeof alertRules>;
