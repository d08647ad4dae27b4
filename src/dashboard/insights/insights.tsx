/** The page of hints: what stands out, what is unusual, and which prompts led to rework. */
import type { AnswerOf } from '../../api/answers.js';
import { anomalyWords } from '../../api/anomaly-words.js';
import { hintWords } from '../../api/hint-words.js';
import { grouped } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { moment } from '../format.js';
import { Card, PagedRows } from '../parts/list.js';
import { Name } from '../parts/spend.js';
import { Answer, Empty } from '../parts/state.js';
import type { Column } from '../parts/table.js';
import { useAnswer, usePages } from '../question.js';
import { useScope } from '../scope.js';
import { SessionLink } from '../sessions/session-link.js';

type Prompt = AnswerOf<'/v1/prompts'>['prompts'][number];

/** What could be done better, with the figures behind it. */
export function InsightsPage() {
  const { span, key, asked } = useScope();
  const hints = useAnswer('/v1/hints', { key, query: asked });
  const anomalies = useAnswer('/v1/anomalies', { key, query: asked });
  const prompts = usePages('/v1/prompts', { key, query: () => ({ ...asked(), limit: 25 }) });
  return (
    <>
      <h1>Insights</h1>
      <p className="facts">{span.title}.</p>
      <Card id="hints" title="What could be done better">
        <Answer of={hints}>
          {({ hints: found }) =>
            found.length === 0 ? (
              <Empty title="Nothing stands out: no costly agent, no poor cache use, no tool or skill that fails often.">
                <p>A longer period looks at more.</p>
              </Empty>
            ) : (
              <ol className="hints">
                {found.map((hint) => {
                  const { title, figures, advice } = hintWords(hint);
                  return (
                    <li key={`${hint.kind} ${hint.subject} ${hint.model}`}>
                      <strong>{title}</strong>
                      <p>{figures}</p>
                      <p className="hint">{advice}</p>
                      {hint.saving_usd !== null && (
                        <p className="good">
                          Estimated saving: {usd(hint.saving_usd)} USD, if the work was alike.
                        </p>
                      )}
                    </li>
                  );
                })}
              </ol>
            )
          }
        </Answer>
      </Card>
      <Card
        id="anomalies"
        title="Unusual days and weeks"
        note="Compared with the median of the own past: 28 days, or 8 weeks. Days and weeks are those of UTC."
      >
        <Answer of={anomalies}>
          {({ anomalies: found }) =>
            found.length === 0 ? (
              <Empty title="No day and no week of this period is far from what is usual." />
            ) : (
              <ul className="hints">
                {found.map((one) => (
                  <li key={`${one.kind} ${one.starts_at} ${one.subject}`}>{anomalyWords(one)}</li>
                ))}
              </ul>
            )
          }
        </Answer>
      </Card>
      <PagedRows
        id="prompts"
        title="Prompts and the work after them"
        note="The most expensive first. Rework counts retries, failed checks and reverted commits after a prompt; it tells that work was done again, not that the prompt was at fault."
        of={prompts}
        rowsOf={({ prompts: rows }) => rows}
        columns={promptColumns}
        rowKey={({ session_id: session, prompt_id: prompt }) => `${session} ${prompt}`}
        empty="No prompt with a request is known in this period."
      />
    </>
  );
}

function promptColumns(rows: readonly Prompt[]): readonly Column<Prompt>[] {
  const money = usdColumn(rows.map(({ total_cost_usd: cost }) => cost));
  return [
    { title: 'Session', cell: ({ session_id: id }) => <SessionLink id={id} /> },
    { title: 'Started', cell: ({ started_at: at }) => moment(at) },
    { title: 'Project', cell: ({ project }) => <Name of={project} />, isSpare: 'wide', takesRest: true },
    { title: 'Calls', cell: ({ tool_calls: calls }) => grouped(calls), isFigure: true, isSpare: true },
    {
      title: 'Failed',
      cell: ({ tool_failures: failures }) => grouped(failures),
      isFigure: true,
      isSpare: true,
    },
    {
      title: 'Checks failed',
      cell: ({ failed_checks: failed }) => grouped(failed),
      isFigure: true,
      isSpare: 'wide',
    },
    { title: 'Commits', cell: ({ commits }) => grouped(commits), isFigure: true, isSpare: true },
    {
      title: 'Rework',
      cell: ({ rework }) => <span className={rework > 0 ? 'bad' : undefined}>{grouped(rework)}</span>,
      isFigure: true,
    },
    { title: 'USD', cell: ({ total_cost_usd: cost }) => money(cost), isFigure: true },
  ];
}
