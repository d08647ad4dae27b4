/** The rules of alerts and budgets, and which of them are past their limit. */
import { grouped } from '../../base/format/counts.js';
import { moment } from '../format.js';
import { Table, type Column } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { Link } from '../router.js';
import { ruleColumns } from '../rules/rule-columns.js';
import { isPast, type Rule } from '../rules/rule.js';

/** Rules apply now, whatever span the page shows. */
const question = { key: [], query: () => ({ days: 7 }) };

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

const columns: readonly Column<Rule>[] = [
  ...ruleColumns,
  { title: 'Since', cell: ({ changed_at: at }) => (at === null ? '–' : moment(at)), isSpare: 'wide' },
  { title: 'Fired in 7 d', cell: ({ fired }) => grouped(fired), isFigure: true, isSpare: 'wide' },
];
