/** Asks the pipes for the figures that rules are about. */
import { limitMetrics, isLimitMetric } from '../pipes/parts/alert-metrics.js';
import { fromStoreTime } from '../base/time/store-time.js';
import type { EpochMs } from '../base/time/units.js';
import type { Ask, RowsOf } from '../store/question-types.js';
import type { Sample } from './evaluate.js';
import { isCalendar, readRule, RuleError, type Rule, type SavedRule } from './rule.js';
import { windowStarts } from './windows.js';

/** The figure of a rule, of one session for a budget per session. */
export interface Subject {
  /** Empty for a rule that is not about sessions one by one. */
  session: string;
  sample: Sample;
  /** The same figure in the window before, of a calendar span. */
  earlier?: Sample;
}

/** The most sessions that a budget per session looks at: those that were active last. */
const MOST_SESSIONS = 200;
/** How far back the requests of an active session are counted, days. */
const SESSION_DAYS = 31;

/**
 * The figures of a rule now.
 *
 * @param isLate whether rows may have come late: then the window before is asked, too
 */
export async function subjectsOf(ask: Ask, rule: Rule, now: EpochMs, isLate: boolean): Promise<Subject[]> {
  const { metric, span } = rule;
  if (isLimitMetric(metric))
    return limitSubject(await ask('limitWindows', { days: 8 }), limitMetrics[metric], now);
  const project = rule.filters.project === undefined ? {} : { project: rule.filters.project };
  if (span === 'session') {
    const asked = { days: SESSION_DAYS, status: 'active', limit: MOST_SESSIONS, ...project };
    return (await ask('sessionList', asked)).map((row) => ({
      session: row.session_id,
      sample: {
        value: row.request_count === 0 ? 0 : metric === 'cost_usd' ? row.total_cost_usd : row.total_tokens,
        rows: null,
        median: null,
        from: row.started === null ? now : fromStoreTime(row.started),
        to: now,
      },
    }));
  }
  const starts = windowStarts(rule, now, rule.median?.windows ?? 0);
  const { agent, skill, branch, model, model_family } = rule.filters;
  const of = async (first: EpochMs, to: EpochMs, parts: readonly EpochMs[]): Promise<Sample> => {
    const [row] = await ask('alertValues', {
      ...{ metric, from: new Date(first), to: new Date(to), starts: parts.join(',') },
      ...project,
      ...(agent !== undefined && { agent }),
      ...(skill !== undefined && { skill }),
      ...(branch !== undefined && { branch }),
      ...(model !== undefined && { model }),
      ...(model_family !== undefined && { model_family }),
    });
    if (row === undefined) throw new Error('The pipe alert_values always answers with one row.');
    return {
      value: row.value,
      rows: row.row_count,
      median: row.median_before,
      from: fromStoreTime(row.starts_at),
      to: fromStoreTime(row.ends_at),
    };
  };
  const sample = await of(starts[0] ?? now, now, starts);
  if (!isCalendar(span) || !isLate) return [{ session: '', sample }];
  const before = windowStarts(rule, now, (rule.median?.windows ?? 0) + 1).slice(0, -1);
  return [{ session: '', sample, earlier: await of(before[0] ?? now, starts.at(-1) ?? now, before) }];
}

function limitSubject(rows: RowsOf<'limitWindows'>, limit: string, now: EpochMs): Subject[] {
  const ofLimit = rows.filter((row) => row.limit === limit);
  const current = ofLimit.find((row) => row.is_current === 1);
  if (current === undefined)
    // Its period has ended, and nothing was used since; without any reading, nothing is known.
    return ofLimit.length === 0
      ? []
      : [{ session: '', sample: { value: null, rows: 0, median: null, from: now, to: now } }];
  const from = current.started_at === null ? now : fromStoreTime(current.started_at);
  return [{ session: '', sample: { value: current.used, rows: null, median: null, from, to: now } }];
}

/** A stored rule; undefined if another version of atel wrote one that this one does not know. */
export function savedRule(row: RowsOf<'alertList'>[number]): SavedRule | undefined {
  const isBudget = row.kind === 'budget';
  const given = (text: string) => (text === '' ? undefined : text);
  const fields = {
    rule: row.rule,
    metric: row.metric,
    span: row.span === 'period' ? undefined : row.span,
    timezone: row.timezone,
    above: !isBudget && row.comparator === 'above' ? (row.threshold ?? undefined) : undefined,
    below: !isBudget && row.comparator === 'below' ? (row.threshold ?? undefined) : undefined,
    soft: isBudget && row.threshold !== row.hard_limit ? (row.threshold ?? undefined) : undefined,
    hard: isBudget ? (row.hard_limit ?? undefined) : undefined,
    times_median: row.median_factor ?? undefined,
    median_windows: row.median_factor === null ? undefined : (row.median_windows ?? undefined),
    hysteresis: row.hysteresis,
    cooldown_minutes: row.cooldown_minutes,
    severity: row.severity,
    enabled: row.is_enabled === 1,
    project: given(row.project),
    model: given(row.model),
    model_family: given(row.model_family),
    agent: given(row.agent_type),
    skill: given(row.skill_name),
    branch: given(row.git_branch),
  };
  try {
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    return { ...readRule(known), version: row.version };
  } catch (error) {
    if (error instanceof RuleError) return undefined;
    throw error;
  }
}
