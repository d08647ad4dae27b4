/** The page of one session. */
import { useEffect, type ReactNode } from 'react';
import type { AnswerOf } from '../../api/answers.js';
import { clientTotal } from '../../api/client-cost.js';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { AskError } from '../ask.js';
import { exactMoment, plain } from '../format.js';
import { Answer, Empty } from '../parts/state.js';
import { known } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { go, Link, useAddress, withQuery } from '../router.js';
import { allTime } from '../span.js';
import { Contents } from './contents.js';
import { SessionChart } from './session-chart.js';
import { Status } from './status.js';
import { Threads } from './threads.js';
import { Timeline } from './timeline.js';

type Detail = AnswerOf<'/v1/sessions/:id'>;

/** One session: its figures, its threads and its timeline, prompt by prompt. */
export function SessionPage({ id }: { id: string }) {
  // Going back shows the list as it was.
  const address = useAddress();
  const whole = { key: [], query: () => ({}) };
  const detail = useAnswer('/v1/sessions/:id', whole, { id });
  const timeline = useAnswer('/v1/sessions/:id/timeline', whole, { id });
  const contents = useAnswer('/v1/sessions/:id/contents', whole, { id });
  if (detail.error instanceof AskError && detail.error.kind === 'not_found') return <NoSession id={id} />;
  return (
    <>
      <p className="trail">
        <Link href={withQuery(address, '/sessions', {})}>Sessions</Link>
      </p>
      <h1 className="id">{plain(id)}</h1>
      <Answer of={detail} rows={6}>
        {({ session, client, threads }) => (
          <>
            <Facts session={session} client={client} />
            {threads.length > 1 && <Threads threads={threads} />}
          </>
        )}
      </Answer>
      {timeline.data !== undefined && <SessionChart timeline={timeline.data.timeline} />}
      <section className="card" aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        <Answer of={timeline} rows={8}>
          {(answer) =>
            answer.timeline.length === 0 ? (
              <Empty title="No steps of this session were recorded." />
            ) : (
              <Timeline timeline={answer.timeline} />
            )
          }
        </Answer>
      </section>
      {contents.data !== undefined && <Contents contents={contents.data.contents} />}
    </>
  );
}

/** Says that there is no such session, or goes to the only one whose id begins so. */
function NoSession({ id }: { id: string }) {
  const { data } = useAnswer('/v1/sessions', {
    key: ['prefix', id],
    query: () => ({ ...allTime, prefix: id, limit: 2 }),
  });
  const [found, ...others] = data?.sessions ?? [];
  const whole = others.length === 0 ? found?.session_id : undefined;
  useEffect(() => {
    if (whole !== undefined) go(`/sessions/${encodeURIComponent(whole)}`, 'replace');
  }, [whole]);
  return (
    <section className="card">
      <h1 className="id">{plain(id)}</h1>
      <Empty title={others.length === 0 ? `There is no session ${plain(id)}.` : 'Several sessions begin so.'}>
        <p>
          <Link href={`/sessions?since=all${others.length === 0 ? '' : `&prefix=${encodeURIComponent(id)}`}`}>
            {others.length === 0 ? 'All sessions' : 'Show them'}
          </Link>
        </p>
      </Empty>
    </section>
  );
}

function Facts({ session: row, client }: Pick<Detail, 'session' | 'client'>) {
  const total = clientTotal(client);
  const unpriced = row.unpriced_requests;
  const facts: readonly (readonly [title: string, value: ReactNode, more?: ReactNode])[] = [
    [
      'Cost, list price',
      row.total_cost_usd === null ? UNKNOWN : `${usd(row.total_cost_usd)} USD`,
      unpriced > 0 ? `without ${plural(unpriced, 'request')} of unknown price` : undefined,
    ],
    ...(total === null ? [] : [['Cost, by the client', total.usd, total.reason] as const]),
    [
      'Tokens',
      compact(row.total_tokens),
      `in ${compact(row.total_input)}, out ${compact(row.total_output)}, cached ${compact(row.total_cache_read)}, written ${compact(row.total_cache_creation)}`,
    ],
    ['Cache hit rate', percent(row.cache_hit_rate)],
    ['Prompts', grouped(row.prompts), plural(row.request_count, 'request')],
    [
      'Tool calls',
      grouped(row.tool_calls),
      row.tool_failures !== null && row.tool_failures > 0 ? (
        <span className="bad">{grouped(row.tool_failures)} failed</span>
      ) : undefined,
    ],
    [
      'Lines',
      row.lines_added === null || row.lines_removed === null
        ? UNKNOWN
        : `+${grouped(row.lines_added)} −${grouped(row.lines_removed)}`,
      row.commits === null ? undefined : plural(row.commits, 'commit'),
    ],
    [
      'Agents, skills',
      `${grouped(row.agents_used)}, ${grouped(row.skills_used)}`,
      'distinct types, distinct names',
    ],
  ];
  return (
    <>
      <p className="facts">
        <Status status={row.status} />
        {row.end_reason !== '' && ` (${plain(row.end_reason)})`} ·{' '}
        {row.project === '' ? 'unknown project' : plain(row.project)} · {exactMoment(row.started)} to{' '}
        {exactMoment(row.last_activity)}
      </p>
      <dl className="figures">
        {facts.map(([title, value, more]) => (
          <div key={title} className="card">
            <dt>{title}</dt>
            <dd className="value">{known(value)}</dd>
            {more !== undefined && <dd className="before">{more}</dd>}
          </div>
        ))}
      </dl>
    </>
  );
}
