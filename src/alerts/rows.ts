/** Rows of rules and of their evaluations, for the spool. */
import { identify } from '../signals/identity.js';
import { redacted, type RedactedRow } from '../signals/privacy/redacted-row.js';
import { stamp, type Recorder } from '../signals/row.js';
import { storeTime } from '../base/time/store-time.js';
import type { EpochMs } from '../base/time/units.js';
import type { Change } from './evaluate.js';
import { filterColumns, ruleFilters } from './rule-choices.js';
import type { Rule, SavedRule } from './rule.js';

/** How a rule is saved. */
export interface RuleSaving {
  isRemoved?: boolean;
  /** Version of the stored rule that this one replaces: the new version is higher, also if the clock was set back. */
  after?: number;
}

/** The row that saves a rule, or removes it. */
export function ruleRow(
  rule: Rule,
  recorder: Recorder,
  now: EpochMs,
  { isRemoved = false, after = 0 }: RuleSaving = {},
): RedactedRow {
  const { median } = rule;
  const filters = {
    project: '',
    model: '',
    model_family: '',
    agent_type: '',
    skill_name: '',
    git_branch: '',
  };
  for (const filter of ruleFilters) filters[filterColumns[filter]] = rule.filters[filter] ?? '';
  return redacted({
    table: 'alert_rules',
    row: {
      event_id: identify('alert_rule', rule.rule),
      timestamp: storeTime(now),
      session_id: '',
      source: 'cli',
      ...stamp(recorder),
      rule: rule.rule,
      kind: rule.kind,
      metric: rule.metric,
      span: rule.span,
      timezone: rule.timezone,
      ...filters,
      comparator: rule.comparator,
      threshold: rule.threshold,
      hard_limit: rule.hardLimit,
      median_factor: median?.factor ?? null,
      median_windows: median?.windows ?? null,
      hysteresis: rule.hysteresis,
      cooldown_minutes: rule.cooldownMinutes,
      severity: rule.severity,
      is_enabled: rule.isEnabled ? 1 : 0,
      is_removed: isRemoved ? 1 : 0,
      version: Math.max(now, after + 1),
    },
  });
}

/** The row of an evaluation that changed a state. The same change has the same id, however often it is sent. */
export function evaluationRow(
  rule: SavedRule,
  session: string,
  change: Change,
  recorder: Recorder,
): RedactedRow {
  const { at, state, stateBefore, value, threshold, from, to, isLate, isTold } = change;
  return redacted({
    table: 'alert_evaluations',
    row: {
      event_id: identify(
        'alert_evaluation',
        rule.rule,
        String(rule.version),
        session,
        String(at),
        state,
        String(from),
      ),
      timestamp: storeTime(at),
      session_id: session,
      project: rule.filters.project ?? '',
      source: 'cli',
      ...stamp(recorder),
      rule: rule.rule,
      rule_version: rule.version,
      metric: rule.metric,
      state,
      state_before: stateBefore,
      severity: rule.severity,
      value,
      threshold,
      starts_at: storeTime(from),
      ends_at: storeTime(to),
      is_late: isLate ? 1 : 0,
      is_told: isTold ? 1 : 0,
    },
  });
}
