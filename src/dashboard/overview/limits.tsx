/** The limits of the plan: how far each is used now, and when it runs out. */
import type { AnswerOf } from '../../api/answers.js';
import { limitName } from '../../api/limit-name.js';
import { duration } from '../../base/format/durations.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { storeMoment } from '../../base/time/store-time.js';
import { moment } from '../format.js';
import { Bar, Table, type Column } from '../parts/table.js';
import { useAnswer } from '../question.js';

type Period = AnswerOf<'/v1/limits'>['limits'][number];

/** Current periods have a reading in the last week, whatever span the page shows. */
const question = { key: [], query: () => ({ days: 8 }) };

/** A card with the current periods; nothing if none is known, as without a subscription. */
export function Limits() {
  const { data } = useAnswer('/v1/limits', question);
  const current = data?.limits.filter(({ is_current: isCurrent }) => isCurrent === 1) ?? [];
  if (current.length === 0) return null;
  return (
    <section className="card" aria-labelledby="limits">
      <h2 id="limits">Limits of the plan, now</h2>
      <Table label="Limits of the plan" columns={columns} rows={current} rowKey={({ limit }) => limit} />
    </section>
  );
}

const columns: readonly Column<Period>[] = [
  {
    title: 'Limit',
    cell: ({ limit, used }) => (
      <span className="part">
        <span>{limitName(limit)}</span>
        <Bar share={used} />
      </span>
    ),
  },
  {
    title: 'Used',
    cell: ({ used }) => <span className={used >= 0.9 ? 'bad' : undefined}>{percent(used)}</span>,
    isFigure: true,
  },
  {
    title: 'USD',
    cell: ({ used_usd: spent, limit_usd: most }) =>
      spent === null || most === null ? '' : `${usd(spent)} of ${usd(most)}`,
    isFigure: true,
    isSpare: true,
  },
  {
    title: 'Resets in',
    cell: ({ resets_at: at }) =>
      duration(at === null ? null : Math.max(0, storeMoment(at).getTime() - Date.now())),
    isFigure: true,
  },
  {
    title: 'At reset',
    cell: ({ forecast_used: forecast }) => percent(forecast),
    isFigure: true,
    isSpare: true,
  },
  {
    title: 'Runs out',
    cell: ({ runs_out_at: at, reached_at: reached, forecast_used: forecast }) => {
      if (reached !== null) return <span className="bad">ran out {moment(reached)}</span>;
      if (at !== null) return <span className="bad">{moment(at)}</span>;
      return forecast === null ? UNKNOWN : 'not before';
    },
  },
  {
    title: 'Seen',
    cell: ({ last_seen_at: at }) => moment(at),
    isSpare: true,
  },
];
