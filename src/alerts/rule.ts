/** A rule: what the user wants to be told of, or a budget. Read from what a person or a program gives. */
import * as z from 'zod/mini';
import { alertMetricNames, isLimitMetric, isShare, isToolMetric } from '../pipes/parts/alert-metrics.js';
import { comparators, severities } from '../pipes/parts/alert-words.js';
import { isObject } from '../base/json/json.js';
import { zoneNamed } from '../base/time/zone-name.js';
import { asName } from '../signals/privacy/name.js';
import { ruleFilters, type RuleFilter } from './rule-choices.js';

/** A rule that cannot be. The message is one line that says what is wrong and what to do. */
export class RuleError extends Error {
  override name = 'RuleError';
}

/** A guarded budget can be told apart by these alone when a tool is called. */
const guardFilters: readonly RuleFilter[] = ['project', 'agent'];

const amount = z.number().check(z.gte(0), z.lte(1e12));
const named = z.string().check(z.minLength(1), z.maxLength(1_000));

/** What a person or a program gives for a rule. */
export const ruleInput = z
  .strictObject({
    rule: z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]{0,39}$/)),
    metric: z.enum(alertMetricNames),
    span: z.optional(z.string()),
    timezone: z.optional(z.string()),
    above: z.optional(amount),
    below: z.optional(amount),
    times_median: z.optional(z.number().check(z.gt(0), z.lte(1_000))),
    median_windows: z.optional(z.int().check(z.gte(3), z.lte(30))),
    soft: z.optional(amount),
    hard: z.optional(amount),
    hysteresis: z.optional(z.number().check(z.gte(0), z.lt(1))),
    cooldown_minutes: z.optional(z.int().check(z.gte(0), z.lte(44_640))),
    severity: z.optional(z.enum(severities)),
    enabled: z.optional(z.boolean()),
    project: z.optional(named),
    model: z.optional(named),
    model_family: z.optional(named),
    agent: z.optional(named),
    skill: z.optional(named),
    branch: z.optional(named),
  })
  .check(z.meta({ component: 'Rule' }));

export type RuleInput = z.infer<typeof ruleInput>;

/** What each value of a rule takes, for errors and help. */
export const takes: Readonly<Record<keyof RuleInput, string>> = {
  rule: 'a name of lower-case letters, digits, - and _, at most 40',
  metric: `one of ${alertMetricNames.join(', ')}`,
  span: '15m, 24h, 7d …, day, week, month, or for a budget session',
  timezone: 'a time zone such as Europe/Berlin',
  above: 'a number of at least 0',
  below: 'a number of at least 0',
  times_median: 'a number above 0, at most 1000',
  median_windows: 'a whole number from 3 to 30',
  soft: 'a number of at least 0',
  hard: 'a number of at least 0',
  hysteresis: 'a share from 0 to less than 1, such as 0.1',
  cooldown_minutes: 'whole minutes from 0 to 44640',
  severity: severities.join(', '),
  enabled: 'true or false',
  project: 'a project, as the project column names it',
  model: 'a model, as the model column names it',
  model_family: 'a family of models: opus, sonnet, haiku …',
  agent: 'a type of agent; main is the main thread',
  skill: 'a skill',
  branch: 'a git branch',
};

/** A rule. */
export interface Rule {
  rule: string;
  kind: 'alert' | 'budget';
  metric: (typeof alertMetricNames)[number];
  /** `24h` and the like, `day`, `week`, `month`, `session`, or `period` of a limit of the plan. */
  span: string;
  timezone: string;
  filters: Partial<Record<RuleFilter, string>>;
  comparator: (typeof comparators)[number];
  /** Of a budget, the soft limit. */
  threshold: number | null;
  hardLimit: number | null;
  median: { factor: number; windows: number } | null;
  hysteresis: number;
  cooldownMinutes: number;
  severity: (typeof severities)[number];
  isEnabled: boolean;
}

/** A saved rule. */
export interface SavedRule extends Rule {
  version: number;
}

const calendar: readonly string[] = ['day', 'week', 'month'];
export const isCalendar = (span: string): boolean => calendar.includes(span);

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The length of a rolling window, milliseconds; undefined for any other. */
export function lengthOf(span: string): number | undefined {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(span) ?? [];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined;
  const length = Number(count) * units[unit];
  return length >= 5 * units.m && length <= 90 * units.d ? length : undefined;
}

/** Reads a rule from anything. @throws {RuleError} */
export function readRule(given: unknown): Rule {
  const parsed = ruleInput.safeParse(given);
  if (!parsed.success) throw new RuleError(complaint(parsed.error.issues[0], given));
  const input = parsed.data;
  const { rule, metric, soft, hard, times_median: factor } = input;
  const isBudget = soft !== undefined || hard !== undefined;
  const compared = [input.above, input.below, isBudget ? 0 : undefined].filter((one) => one !== undefined);
  const fail = (what: string): never => {
    throw new RuleError(`${rule}: ${what}`);
  };
  if (rule === 'history') fail('this name is taken by the address /v1/alerts/history');
  if (compared.length > 1) fail('give one of above, below and the limits of a budget (soft, hard)');
  if (compared.length === 0 && factor === undefined)
    fail('give above, below, times_median, or the limits of a budget (soft, hard)');
  if (factor !== undefined && compared.length > 0)
    fail(
      'times_median compares with the median of earlier windows, so it takes no above, below, soft or hard',
    );
  if (input.median_windows !== undefined && factor === undefined) fail('median_windows needs times_median');
  if (soft !== undefined && hard !== undefined && soft > hard) fail('the soft limit is above the hard limit');

  if (isShare(metric) && [input.above, input.below, soft, hard].some((figure) => (figure ?? 0) > 1))
    fail(`${metric} is a share from 0 to 1: 80 % is 0.8`);
  if (isBudget && isShare(metric) && !isLimitMetric(metric))
    fail(`a budget is for what is used up, and ${metric} is not: give above or below`);

  const span = input.span ?? (isLimitMetric(metric) ? 'period' : isBudget ? 'day' : '24h');
  const isRolling = lengthOf(span) !== undefined;
  if (isLimitMetric(metric)) {
    if (span !== 'period') fail(`${metric} is about the period of the limit, so it takes no span`);
    if (factor !== undefined) fail(`${metric} cannot be compared with a median`);
  } else if (span === 'session') {
    if (!isBudget) fail('a span of session is for budgets: give soft or hard');
    if (metric !== 'cost_usd' && metric !== 'total_tokens')
      fail('a budget per session takes the metric cost_usd or total_tokens');
  } else if (!isRolling && !isCalendar(span)) fail(`span takes ${takes.span}, not ${JSON.stringify(span)}`);
  if (input.below !== undefined && !isRolling && !isLimitMetric(metric))
    fail('below needs a rolling span such as 24h: a day that has just begun is below anything');

  const filters: Rule['filters'] = {};
  for (const filter of ruleFilters) {
    const value = input[filter];
    if (value === undefined) continue;
    const isTakenBy = isLimitMetric(metric)
      ? false
      : isToolMetric(metric) || span === 'session'
        ? filter === 'project'
        : true;
    if (!isTakenBy) fail(`${metric}${span === 'session' ? ' per session' : ''} takes no filter ${filter}`);
    if (hard !== undefined && !guardFilters.includes(filter))
      fail(`a hard limit takes the filters ${guardFilters.join(' and ')} only, not ${filter}`);
    // As rows have it.
    filters[filter] = asName(value);
  }
  const timezone = zoneNamed(input.timezone ?? 'UTC') ?? fail(`timezone takes ${takes.timezone}`);
  return {
    rule,
    kind: isBudget ? 'budget' : 'alert',
    metric,
    span,
    timezone,
    filters,
    comparator: input.below === undefined ? 'above' : 'below',
    threshold: factor !== undefined ? null : (input.above ?? input.below ?? soft ?? hard ?? null),
    hardLimit: hard ?? null,
    median: factor === undefined ? null : { factor, windows: input.median_windows ?? 7 },
    hysteresis: input.hysteresis ?? 0.1,
    cooldownMinutes: input.cooldown_minutes ?? 60,
    severity: input.severity ?? (isBudget ? 'critical' : 'warning'),
    isEnabled: input.enabled ?? true,
  };
}

function complaint(issue: z.core.$ZodIssue | undefined, given: unknown): string {
  const [key] = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys')
    return `unknown ${issue.keys[0] ?? ''}; known are ${Object.keys(takes).join(', ')}`;
  if (typeof key !== 'string' || !isInputName(key)) return 'a rule is a JSON object';
  const value = isObject(given) ? given[key] : undefined;
  if (value === undefined) return `${key} is missing: it takes ${takes[key]}`;
  return `${key} takes ${takes[key]}, not ${JSON.stringify(value)}`;
}

const isInputName = (key: string): key is keyof RuleInput => Object.hasOwn(takes, key);

/** What a person would give for this rule, to change a part of it. */
export function inputOf(rule: Rule): RuleInput {
  const { kind, threshold, hardLimit, comparator, median } = rule;
  const isBudget = kind === 'budget';
  return {
    rule: rule.rule,
    metric: rule.metric,
    ...(rule.span === 'period' ? {} : { span: rule.span }),
    timezone: rule.timezone,
    ...rule.filters,
    ...(isBudget && threshold !== null && threshold !== hardLimit ? { soft: threshold } : {}),
    ...(isBudget && hardLimit !== null ? { hard: hardLimit } : {}),
    ...(!isBudget && threshold !== null ? { [comparator]: threshold } : {}),
    ...(median === null ? {} : { times_median: median.factor, median_windows: median.windows }),
    hysteresis: rule.hysteresis,
    cooldown_minutes: rule.cooldownMinutes,
    severity: rule.severity,
    enabled: rule.isEnabled,
  };
}

/**
 * A rule with some of its values changed; null removes one. A new limit replaces another kind of limit.
 *
 * @throws {RuleError}
 */
export function changedRule(rule: Rule, changes: Readonly<Record<string, unknown>>): Rule {
  const before: Record<string, unknown> = { ...inputOf(rule) };
  const limits = { above: 'alert', below: 'alert', times_median: 'median', soft: 'budget', hard: 'budget' };
  const kinds = Object.entries(limits).flatMap(([key, kind]) =>
    changes[key] === undefined || changes[key] === null ? [] : [kind],
  );
  if (kinds.length > 0)
    for (const [key, kind] of Object.entries(limits))
      if (!kinds.includes(kind) || kind === 'alert') Reflect.deleteProperty(before, key);
  if (kinds.length > 0 && !kinds.includes('median')) Reflect.deleteProperty(before, 'median_windows');
  const merged = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
  return readRule(Object.fromEntries(merged.filter(([, value]) => value !== undefined)));
}
