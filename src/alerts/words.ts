/** Says in words what a rule is about and how it stands. */
import { compact, grouped, plural } from '../base/format/counts.js';
import { usd } from '../base/format/money.js';
import { percent } from '../base/format/shares.js';
import { UNKNOWN } from '../base/format/unknown.js';
import { isShare } from '../pipes/parts/alert-metrics.js';
import type { AlertState } from '../pipes/parts/alert-words.js';
import { ruleFilters } from './rule-choices.js';
import type { Rule } from './rule.js';

/** A figure with its unit. */
export function figureText(metric: string, value: number | null): string {
  if (value === null) return UNKNOWN;
  if (metric === 'cost_usd') return `${usd(value)} USD`;
  if (isShare(metric)) return percent(value);
  return metric.endsWith('_tokens') ? compact(value) : grouped(value);
}

/** What a rule compares with: `above 50.00 USD`, `above 3 × median of 7 windows`. */
export function conditionText({
  kind,
  metric,
  comparator,
  threshold,
  hardLimit,
  median,
}: Pick<Rule, 'kind' | 'comparator' | 'threshold' | 'hardLimit' | 'median'> & { metric: string }): string {
  if (median !== null) return `above ${median.factor} × median of ${plural(median.windows, 'window')}`;
  if (kind === 'alert') return `${comparator} ${figureText(metric, threshold)}`;
  const soft = threshold === hardLimit ? [] : [`soft ${figureText(metric, threshold)}`];
  const hard = hardLimit === null ? [] : [`hard ${figureText(metric, hardLimit)}`];
  return [...soft, ...hard].join(', ');
}

const spans: Readonly<Record<string, string>> = {
  day: 'today',
  week: 'this week',
  month: 'this month',
  session: 'per session',
  period: 'in its period',
};

/** The window of a rule: `in 24h`, `today`, `per session`. */
const spanText = ({ span }: Pick<Rule, 'span'>): string => spans[span] ?? `in ${span}`;

/** What a rule looks at: `cost_usd today, project shop-7815fea6`. */
export function subjectText(rule: Pick<Rule, 'span' | 'filters'> & { metric: string }): string {
  const filters = ruleFilters.flatMap((filter) => {
    const value = rule.filters[filter];
    return value === undefined ? [] : [`${filter} ${value}`];
  });
  return [`${rule.metric} ${spanText(rule)}`, ...filters].join(', ');
}

/** How a rule stands, in one line: `daily-cost: cost_usd today is 61.20 USD, above 50.00 USD`. */
export function standText(
  rule: Rule,
  { state, value, threshold }: { state: AlertState; value: number | null; threshold: number | null },
): string {
  const [is, with_] = [figureText(rule.metric, value), figureText(rule.metric, threshold)];
  const how =
    state === 'hard'
      ? `the hard limit is ${with_}`
      : state === 'soft'
        ? `the soft limit is ${with_}`
        : state === 'firing'
          ? `${rule.comparator} ${with_}`
          : 'no longer past its limit';
  return `${rule.rule}: ${subjectText(rule)} is ${is}, ${how}`;
}
