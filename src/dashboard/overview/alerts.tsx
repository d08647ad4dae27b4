/** The rules of alerts and budgets, and which of them are past their limit. */
import type { AnswerOf } from '../../api/answers.js';
import { compact, grouped } from '../../base/format/counts.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { moment } from '../format.js';
import { Table, type Column } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { Link } from '../router.js';

type Rule = AnswerOf<'/v1/alerts'>['alerts'][number];

/** Rules apply now, whatever span the page shows. */
const question = { key: [], query: () => ({ days: 7 }) };

const isPast = ({ state }: Rule) => state === 'firing' || state === 'soft' || state === 'hard';

/** The number of rules that are past their limit, for the head of the page; nothing for none. */
export function AlertMark({ href }: { href: string }) {
  const { data } = useAnswer('/v1/alerts', question);
  const past = data?.alerts.filter(isPast) ?? [];
  if (past.length === 0) return null;
  return (
    <Link className="alerts-mark" href={href} title="Alerts past their limit">
      <span aria-hidden="true">! </span>
      {past.length}
      <span className="hidden"> {past.length === 1 ? 'alert' : 'alerts'}</span>
    </Link>
  );
}

/** A card with all rules; nothing if there are none. */
export function Alerts() {
  const { data } = useAnswer('/v1/alerts', question);
  const rules = data?.alerts ?? [];
  if (rules.length === 0) return null;
  return (
    <section className="card" aria-labelledby="alerts">
      <h2 id="alerts">Alerts and budgets, now</h2>
      <Table label="Alerts and budgets" columns={columns} rows={rules} rowKey={({ rule }) => rule} top={8} />
    </section>
  );
}

function figure(metric: string, value: number | null): string {
  if (value === null) return UNKNOWN;
  if (metric === 'cost_usd') return `${usd(value)} USD`;
  if (metric.endsWith('_rate') || metric.endsWith('_used')) return percent(value);
  return metric.endsWith('_tokens') ? compact(value) : grouped(value);
}

const spans: Readonly<Record<string, string>> = {
  day: 'today',
  week: 'this week',
  month: 'this month',
  session: 'per session',
  period: 'in its period',
};

function condition({ kind, metric, comparator, threshold, hard_limit: hard, ...rule }: Rule): string {
  if (rule.median_factor !== null)
    return `above ${rule.median_factor} × median of ${rule.median_windows ?? 0} windows`;
  if (kind === 'alert') return `${comparator} ${figure(metric, threshold)}`;
  return [
    ...(threshold === hard ? [] : [`soft ${figure(metric, threshold)}`]),
    ...(hard === null ? [] : [`hard ${figure(metric, hard)}`]),
  ].join(', ');
}

const filtersOf = (rule: Rule): string[] =>
  [rule.project, rule.model, rule.model_family, rule.agent_type, rule.skill_name, rule.git_branch].filter(
    (value) => value !== '',
  );

const columns: readonly Column<Rule>[] = [
  { title: 'Rule', cell: ({ rule }) => rule },
  {
    title: 'State',
    cell: (rule) => (
      <span className={isPast(rule) ? 'bad' : undefined}>
        {rule.is_enabled === 0 ? 'off' : rule.state === '' ? 'not yet' : rule.state}
      </span>
    ),
  },
  {
    title: 'At',
    cell: ({ metric, state, value }) => (state === '' ? '–' : figure(metric, value)),
    isFigure: true,
  },
  { title: 'Fires', cell: condition, isSpare: true },
  {
    title: 'Watches',
    cell: (rule) =>
      [`${rule.metric} ${spans[rule.span] ?? `in ${rule.span}`}`, ...filtersOf(rule)].join(', '),
    isSpare: true,
  },
  { title: 'Since', cell: ({ changed_at: at }) => (at === null ? '–' : moment(at)), isSpare: 'wide' },
  { title: 'Fired in 7 d', cell: ({ fired }) => grouped(fired), isFigure: true, isSpare: 'wide' },
];
