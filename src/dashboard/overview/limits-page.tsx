/** The page of the limits of the plan: every period of the window. */
import type { AnswerOf } from '../../api/answers.js';
import { limitName } from '../../api/limit-name.js';
import { grouped } from '../../base/format/counts.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { moment } from '../format.js';
import { Rows } from '../parts/list.js';
import { Answer } from '../parts/state.js';
import type { Column } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { useScope } from '../scope.js';
import { Limits } from './limits.js';

type Period = AnswerOf<'/v1/limits'>['limits'][number];

/** The current periods, and those of the window with how well they were forecast. */
export function LimitsPage() {
  const { span } = useScope();
  // Limits are those of the account, not of a project.
  const answer = useAnswer('/v1/limits', { key: [span.key], query: () => span.bounds(Date.now()) });
  return (
    <>
      <h1>Limits of the plan</h1>
      <p className="facts">{span.title}, as the client’s status line showed them.</p>
      <Limits />
      <Answer of={answer}>
        {({ limits }) => (
          <Rows
            id="periods"
            title="Periods"
            note="Forecast error: how far the forecast at the middle of a period was from what was used at its end, on average over past periods."
            columns={columns}
            rows={limits}
            rowKey={({ limit, first_seen_at: at }) => `${limit} ${at}`}
            empty="No limit was seen in this period."
            advice={
              <p>
                The client shows limits to subscribers; <code>atel init</code> wires the status line that
                records them.
              </p>
            }
            top={25}
          />
        )}
      </Answer>
    </>
  );
}

const columns: readonly Column<Period>[] = [
  { title: 'Limit', cell: ({ limit }) => limitName(limit) },
  { title: 'Began', cell: ({ started_at: at }) => moment(at), isSpare: true },
  { title: 'Resets', cell: ({ resets_at: at }) => moment(at) },
  {
    title: 'Used',
    cell: ({ used }) => <span className={used >= 0.9 ? 'bad' : undefined}>{percent(used)}</span>,
    isFigure: true,
  },
  {
    title: 'USD',
    cell: ({ used_usd: spent, limit_usd: most }) =>
      spent === null || most === null ? '–' : `${usd(spent)} of ${usd(most)}`,
    isFigure: true,
    isSpare: true,
  },
  {
    title: 'Ran out',
    cell: ({ reached_at: at }) => (at === null ? 'no' : <span className="bad">{moment(at)}</span>),
  },
  {
    title: 'Forecast error',
    cell: ({ forecast_error: error, forecast_periods: periods }) =>
      error === null ? UNKNOWN : `${percent(error)} in ${grouped(periods)}`,
    isFigure: true,
    isSpare: 'wide',
  },
];
