/** The page of subagents. */
import type { AnswerOf } from '../../api/answers.js';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { PagedRows, Rows } from '../parts/list.js';
import { Name } from '../parts/spend.js';
import { Answer } from '../parts/state.js';
import type { Column } from '../parts/table.js';
import { useAnswer, usePages } from '../question.js';
import { useScope } from '../scope.js';
import { SessionLink } from '../sessions/session-link.js';

type Answered = AnswerOf<'/v1/agents'>;
type Agent = Answered['agents'][number] & { insight: Answered['insights'][number] | undefined };
type Topology = AnswerOf<'/v1/threads'>['topology'][number];

/** What each type of subagent did, how well it uses what it costs, and how sessions branch. */
export function AgentsPage() {
  const { span, key, asked } = useScope();
  const answer = useAnswer('/v1/agents', { key, query: asked });
  const threads = usePages('/v1/threads', { key, query: () => ({ ...asked(), limit: 25 }) });
  return (
    <>
      <h1>Agents</h1>
      <p className="facts">{span.title}. The main thread is no agent.</p>
      <Answer of={answer}>
        {({ agents, insights }) => (
          <Rows
            id="agents"
            title="Types of subagents"
            note="The score goes from 0 to 100: cheaper, better cached and failing less often is higher."
            columns={agentColumns}
            rows={agents.map((agent) => ({
              ...agent,
              insight: insights.find(({ agent_type: type }) => type === agent.agent_type),
            }))}
            rowKey={({ agent_type: type }) => type}
            empty="No subagent ran in this period."
            isNamed
          />
        )}
      </Answer>
      <PagedRows
        id="branches"
        title="Sessions with subagents"
        note="The most branched first. Depth 1: started by the main thread. Unresolved: started, and never reported to have ended."
        of={threads}
        rowsOf={({ topology }) => topology.filter(({ subagents }) => subagents > 0)}
        columns={topologyColumns}
        rowKey={({ session_id: id }) => id}
        empty="No session had a subagent in this period."
      />
    </>
  );
}

function agentColumns(rows: readonly Agent[]): readonly Column<Agent>[] {
  const total = usdColumn(rows.map(({ est_cost_usd: cost }) => cost));
  const each = usdColumn(rows.map(({ insight }) => insight?.avg_cost_per_invocation ?? null));
  return [
    { title: 'Agent', cell: ({ agent_type: type }) => <Name of={type} /> },
    { title: 'Runs', cell: ({ invocations }) => grouped(invocations), isFigure: true },
    { title: 'USD', cell: ({ est_cost_usd: cost }) => total(cost), isFigure: true },
    {
      title: 'USD per run',
      cell: ({ insight }) => each(insight?.avg_cost_per_invocation ?? null),
      isFigure: true,
      isSpare: true,
    },
    { title: 'Tokens', cell: ({ total_tokens: tokens }) => compact(tokens), isFigure: true, isSpare: true },
    {
      title: 'Cached',
      cell: ({ insight }) => percent(insight?.cache_hit_rate ?? null),
      isFigure: true,
      isSpare: 'wide',
    },
    {
      title: 'Failed calls',
      cell: ({ insight }) =>
        insight === undefined
          ? UNKNOWN
          : `${grouped(insight.tool_failures)} of ${grouped(insight.tool_calls)}`,
      isFigure: true,
      isSpare: 'wide',
    },
    { title: 'Average', cell: ({ avg_duration_ms: ms }) => duration(ms), isFigure: true, isSpare: true },
    {
      title: 'Score',
      cell: ({ insight }) => {
        const score = insight?.efficiency_score ?? null;
        return score === null ? UNKNOWN : grouped(Math.round(score));
      },
      isFigure: true,
    },
  ];
}

function topologyColumns(rows: readonly Topology[]): readonly Column<Topology>[] {
  const money = usdColumn(rows.map(({ subagent_cost_usd: cost }) => cost));
  return [
    { title: 'Session', cell: ({ session_id: id }) => <SessionLink id={id} /> },
    { title: 'Project', cell: ({ project }) => <Name of={project} />, isSpare: true, takesRest: true },
    { title: 'Subagents', cell: ({ subagents }) => grouped(subagents), isFigure: true },
    { title: 'Depth', cell: ({ max_depth: depth }) => grouped(depth), isFigure: true },
    { title: 'Widest', cell: ({ max_fan_out: widest }) => grouped(widest), isFigure: true, isSpare: true },
    { title: 'Unresolved', cell: ({ unresolved }) => grouped(unresolved), isFigure: true, isSpare: true },
    { title: 'Orphans', cell: ({ orphans }) => grouped(orphans), isFigure: true, isSpare: 'wide' },
    { title: 'USD', cell: ({ subagent_cost_usd: cost }) => money(cost), isFigure: true },
    {
      title: 'Of the session',
      cell: ({ subagent_cost_share: share }) => percent(share),
      isFigure: true,
      isSpare: true,
    },
  ];
}
