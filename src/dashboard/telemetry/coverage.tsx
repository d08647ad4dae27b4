/** The page of the telemetry itself: how complete the figures are. */
import type { AnswerOf } from '../../api/answers.js';
import { grouped } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import { PagedRows } from '../parts/list.js';
import type { Column } from '../parts/table.js';
import { usePages } from '../question.js';
import { useScope } from '../scope.js';
import { SessionLink } from '../sessions/session-link.js';

type Day = AnswerOf<'/v1/coverage'>['coverage'][number];

/** Which layers saw the requests, and where the client's cost differs from ours. */
export function CoveragePage() {
  const { span, key, asked } = useScope();
  const days = usePages('/v1/coverage', { key, query: () => ({ ...asked(), limit: 50 }) });
  return (
    <>
      <h1>Coverage</h1>
      <p className="facts">
        {span.title}. A request is seen in the transcript, by OpenTelemetry, or by both.{' '}
        <code>atel status</code> says whether events arrive, <code>atel audit</code> why totals differ from
        the client’s.
      </p>
      <PagedRows
        id="coverage"
        title="Sessions and days"
        note="Days are those of UTC. USD: computed at list price. Mismatches: requests whose reported cost differs from the computed one by more than 1 %."
        of={days}
        rowsOf={({ coverage }) => coverage}
        columns={columns}
        rowKey={({ session_id: session, day }) => `${session} ${day}`}
        empty="No request was seen in this period."
      />
    </>
  );
}

function columns(rows: readonly Day[]): readonly Column<Day>[] {
  const money = usdColumn(
    rows.flatMap(({ computed_cost_usd_total: computed, reported_cost_usd_total: reported }) => [
      computed,
      reported,
    ]),
  );
  return [
    { title: 'Day', cell: ({ day }) => day },
    { title: 'Session', cell: ({ session_id: id }) => <SessionLink id={id} /> },
    { title: 'Requests', cell: ({ request_count: count }) => grouped(count), isFigure: true, isSpare: true },
    { title: 'Both', cell: ({ seen_by_both: both }) => grouped(both), isFigure: true, isSpare: true },
    {
      title: 'Only transcript',
      cell: ({ only_transcript: only }) => grouped(only),
      isFigure: true,
      isSpare: true,
    },
    {
      title: 'Only OpenTelemetry',
      cell: ({ only_otel: only }) => grouped(only),
      isFigure: true,
      isSpare: true,
    },
    {
      title: 'Mismatches',
      cell: ({ cost_mismatches: count }) => (
        <span className={count > 0 ? 'bad' : undefined}>{grouped(count)}</span>
      ),
      isFigure: true,
      isSpare: true,
    },
    {
      title: 'Broken attempts',
      cell: ({ broken_attempts: count }) => grouped(count),
      isFigure: true,
      isSpare: 'wide',
    },
    { title: 'USD', cell: ({ computed_cost_usd_total: cost }) => money(cost), isFigure: true },
    {
      title: 'Reported USD',
      cell: ({ reported_cost_usd_total: cost }) => (cost === null ? '–' : money(cost)),
      isFigure: true,
      isSpare: true,
    },
  ];
}
