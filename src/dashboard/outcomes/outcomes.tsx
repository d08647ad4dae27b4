/** The page of outcomes: what became of the work that was paid for. */
import type { AnswerOf } from '../../api/answers.js';
import { grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { moment, plain } from '../format.js';
import { useCostBy } from '../parts/cost-by.js';
import { PagedRows, Rows } from '../parts/list.js';
import { Name, spendColumns } from '../parts/spend.js';
import { Answer } from '../parts/state.js';
import { Bar, known, type Column } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { useScope } from '../scope.js';
import { SessionLink } from '../sessions/session-link.js';

type Answered = AnswerOf<'/v1/outcomes'>;
type Outcome = Answered['outcomes'][number];
type Delivery = Answered['delivery'][number];
type Check = Answered['checks'][number];

const names: Readonly<Record<Outcome['outcome'], string>> = {
  merged_pr: 'Merged pull requests',
  open_pr: 'Open pull requests',
  closed_pr: 'Pull requests closed without a merge',
  unknown_pr: 'Pull requests of unknown state',
  commit: 'Commits without a pull request',
  reverted: 'Reverted commits',
  unattributed: 'Nothing that is known',
};

/** What was merged, reverted or left, what it cost, and how checks ended. */
export function OutcomesPage() {
  const { span, key, asked } = useScope();
  const answer = useAnswer('/v1/outcomes', { key, query: asked });
  const commits = useCostBy('commit');
  const pulls = useCostBy('pr');
  return (
    <>
      <h1>Outcomes</h1>
      <p className="facts">
        {span.title}. Every request belongs to one outcome, so they sum to the total. States of pull requests
        are those of the last import.
      </p>
      <Answer of={answer} rows={10}>
        {({ outcomes, delivery, checks }) => (
          <>
            {delivery[0] !== undefined && <Delivered delivery={delivery[0]} />}
            <Rows
              id="outcomes"
              title="Cost by outcome"
              columns={outcomeColumns}
              rows={outcomes}
              rowKey={({ outcome }) => outcome}
              empty="No request was made in this period."
              isNamed
            />
            <Rows
              id="checks"
              title="Checks"
              note="Tries to green: runs up to the first one that passed, on average over the sessions that had one."
              columns={checkColumns}
              rows={checks}
              rowKey={({ check }) => check}
              empty="No test, lint, type check, build or deployment was run in this period."
            />
          </>
        )}
      </Answer>
      <PagedRows
        id="pulls"
        title="Pull requests"
        note="A request belongs to the pull request whose head is the branch that was checked out."
        {...pulls}
        columns={(rows) => [
          { title: 'Pull request', cell: ({ pull_request: pull }) => <Name of={pull} /> },
          {
            title: 'State',
            cell: ({ state, pull_request: pull }) =>
              pull === 'unattributed' ? '–' : state === '' ? UNKNOWN : state,
          },
          {
            title: 'Took',
            cell: ({ cycle_ms: ms }) => (ms === null ? '–' : duration(ms)),
            isFigure: true,
            isSpare: true,
          },
          {
            title: 'Lines',
            cell: ({ lines_added: added, lines_removed: removed }) => lines(added, removed),
            isFigure: true,
            isSpare: 'wide',
          },
          {
            title: 'Sure',
            cell: ({ confidence }) => (confidence === null ? '–' : percent(confidence)),
            isFigure: true,
            isSpare: 'wide',
          },
          ...spendColumns(rows),
        ]}
        rowKey={({ pull_request: pull }) => pull}
        empty="No pull request is known in this period."
        advice={
          <p>
            <code>atel import prs</code> reads their states from <code>gh pr list --json</code>.
          </p>
        }
        isNamed
      />
      <PagedRows
        id="commits"
        title="Commits"
        note="A request belongs to the next commit of its thread, else to unattributed."
        {...commits}
        columns={(rows) => [
          { title: 'Commit', cell: ({ commit_hash: hash }) => <Name of={hash} short={hash.slice(0, 12)} /> },
          {
            title: 'Branch',
            cell: ({ branch }) => (branch === '' ? '–' : <Name of={branch} />),
            isSpare: true,
            takesRest: true,
          },
          {
            title: 'Session',
            cell: ({ session_id: id, commit_hash: hash }) =>
              hash === 'unattributed' ? '–' : <SessionLink id={id} />,
          },
          { title: 'Made', cell: ({ committed_at: at }) => (at === null ? '–' : moment(at)), isSpare: true },
          {
            title: 'Then',
            cell: ({ kind, reverted_by: by }) =>
              by === '' ? kind === 'reverted' ? 'a revert' : '–' : <span className="bad">reverted</span>,
            isSpare: true,
          },
          {
            title: 'Lines',
            cell: ({ lines_added: added, lines_removed: removed }) => lines(added, removed),
            isFigure: true,
            isSpare: 'wide',
          },
          ...spendColumns(rows),
        ]}
        rowKey={({ commit_hash: hash, session_id: id }) => `${hash} ${id}`}
        empty="No request was made in this period."
      />
    </>
  );
}

const lines = (added: number | null, removed: number | null) =>
  added === null || removed === null ? '–' : `+${grouped(added)} −${grouped(removed)}`;

function Delivered({ delivery: of }: { delivery: Delivery }) {
  const facts: readonly (readonly [title: string, value: string, more: string])[] = [
    [
      'Merged pull requests',
      grouped(of.pull_requests_merged),
      `${grouped(of.pull_requests_opened)} opened, ${grouped(of.pull_requests_closed)} closed, ${grouped(of.pull_requests_reopened)} re-opened`,
    ],
    [
      'USD per merged pull request',
      usdOf(of.cost_per_merged_pr_usd),
      plural(of.merged_with_cost, 'pull request') + ' with a known cost',
    ],
    [
      'From opening to merge',
      duration(of.median_cycle_ms),
      `median; the longest ${duration(of.longest_cycle_ms)}`,
    ],
    [
      'Commits',
      grouped(of.commits),
      lines(of.lines_added, of.lines_removed) === '–'
        ? ''
        : `${lines(of.lines_added, of.lines_removed)} lines`,
    ],
    [
      'USD per commit',
      usdOf(of.cost_per_commit_usd),
      plural(of.commits_with_cost, 'commit') + ' with a known cost',
    ],
    [
      'Reverted commits',
      grouped(of.reverted_commits),
      of.reverted_cost_usd === null ? '' : `${usd(of.reverted_cost_usd)} USD`,
    ],
  ];
  return (
    <dl className="figures" aria-label="Delivery">
      {facts.map(([title, value, more]) => (
        <div key={title} className="card">
          <dt>{title}</dt>
          <dd className="value">{known(value)}</dd>
          <dd className="before">{more}</dd>
        </div>
      ))}
    </dl>
  );
}

const usdOf = (amount: number | null) => (amount === null ? UNKNOWN : usd(amount));

function outcomeColumns(rows: readonly Outcome[]): readonly Column<Outcome>[] {
  return [
    {
      title: 'Outcome',
      cell: ({ outcome, cost_share: share }) => (
        <span className="part">
          <span>{names[outcome]}</span>
          <Bar share={share} />
        </span>
      ),
    },
    { title: 'Share', cell: ({ cost_share: share }) => percent(share), isFigure: true },
    { title: 'Commits', cell: ({ commits }) => grouped(commits), isFigure: true, isSpare: true },
    { title: 'Sessions', cell: ({ sessions }) => grouped(sessions), isFigure: true, isSpare: true },
    ...spendColumns(rows),
  ];
}

function checkColumns(rows: readonly Check[]): readonly Column<Check>[] {
  const money = usdColumn(rows.map(({ mend_cost_usd: cost }) => cost));
  return [
    { title: 'Check', cell: ({ check }) => check.replace('_', ' ') },
    { title: 'Runs', cell: ({ runs }) => grouped(runs), isFigure: true },
    {
      title: 'Failed',
      cell: ({ failed }) => <span className={failed > 0 ? 'bad' : undefined}>{grouped(failed)}</span>,
      isFigure: true,
    },
    { title: 'Unknown', cell: ({ unknown }) => grouped(unknown), isFigure: true, isSpare: true },
    {
      title: 'Tries to green',
      cell: ({ tries_to_green: tries }) => (tries === null ? '–' : tries.toFixed(1)),
      isFigure: true,
    },
    { title: 'Mended', cell: ({ mends }) => grouped(mends), isFigure: true, isSpare: true },
    {
      title: 'USD until green',
      cell: ({ mends, mend_cost_usd: cost }) => (mends === 0 ? '–' : money(cost)),
      isFigure: true,
      isSpare: true,
    },
    {
      title: 'Fails most with',
      cell: ({ failure_classes: classes }) =>
        classes[0] === undefined ? '–' : plain(classes[0][0] || UNKNOWN),
      isSpare: 'wide',
    },
  ];
}
