/** The page of tasks and features. */
import type { AnswerOf } from '../../api/answers.js';
import { changeOf } from '../../base/format/changes.js';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { useCostBy } from '../parts/cost-by.js';
import { PagedRows, Rows } from '../parts/list.js';
import { Name, spendColumns } from '../parts/spend.js';
import { Answer, Empty } from '../parts/state.js';
import { known, type Column } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { useScope } from '../scope.js';

type Answered = AnswerOf<'/v1/tasks'>;
type Metric = Answered['metrics'][number];
type Phase = Answered['phases'][number];
type Failure = Answered['failures'][number];

/** How tasks went, where their time and money went, and why they failed. */
export function TasksPage() {
  const { span, key, asked } = useScope();
  const tasks = useAnswer('/v1/tasks', { key, query: asked });
  const byTask = useCostBy('task');
  const byFeature = useCostBy('feature');
  const byType = useCostBy('session_type');
  return (
    <>
      <h1>Tasks and features</h1>
      <p className="facts">{span.title}, compared with the period of the same length before.</p>
      <Answer of={tasks} rows={8}>
        {({ metrics, phases, failures }) => (
          <>
            <TaskFigures metrics={metrics} />
            <Rows
              id="phases"
              title="Phases"
              note="Averages are over all timed runs, so that they sum to the average time of a run."
              columns={phaseColumns}
              rows={phases}
              rowKey={({ phase }) => phase}
              empty="No run of a task reported a phase in this period."
              isNamed
            />
            <Rows
              id="failures"
              title="Failures"
              columns={failureColumns}
              rows={failures.filter((row) => row.failures > 0)}
              rowKey={({ dimension, part }) => `${dimension} ${part}`}
              empty="No run and no command failed in this period."
              top={12}
            />
          </>
        )}
      </Answer>
      <PagedRows
        id="task-cost"
        title="Cost by task"
        note="A request belongs to the one task that was open in its session at its time, else to unattributed."
        {...byTask}
        columns={(rows) => [
          { title: 'Task', cell: ({ task }) => <Name of={task} /> },
          {
            title: 'Feature',
            cell: ({ feature }) => (feature === '' ? '–' : <Name of={feature} />),
            isSpare: true,
          },
          { title: 'Sessions', cell: ({ sessions }) => grouped(sessions), isFigure: true, isSpare: true },
          ...spendColumns(rows),
        ]}
        rowKey={({ project, task }) => `${project} ${task}`}
        empty="No request was made in this period."
        isNamed
      />
      <div className="grid">
        <PagedRows
          id="feature-cost"
          title="Cost by feature"
          {...byFeature}
          columns={(rows) => [
            { title: 'Feature', cell: ({ feature }) => <Name of={feature} /> },
            { title: 'Tasks', cell: ({ tasks: count }) => grouped(count), isFigure: true },
            ...spendColumns(rows),
          ]}
          rowKey={({ project, feature }) => `${project} ${feature}`}
          empty="No request was made in this period."
          isNamed
        />
        <PagedRows
          id="type-cost"
          title="Cost by type of session"
          {...byType}
          columns={(rows) => [
            { title: 'Type', cell: ({ session_type: type }) => <Name of={type} /> },
            { title: 'Sessions', cell: ({ sessions }) => grouped(sessions), isFigure: true },
            ...spendColumns(rows),
          ]}
          rowKey={({ session_type: type }) => type}
          empty="No request was made in this period."
          isNamed
        />
      </div>
    </>
  );
}

const shown: Readonly<Record<string, { title: string; show: (value: number) => string }>> = {
  completed_tasks: { title: 'Completed tasks', show: grouped },
  runs: { title: 'Runs', show: grouped },
  failure_rate: { title: 'Failed runs', show: percent },
  unfinished_tasks: { title: 'Unfinished tasks', show: grouped },
  avg_run_ms: { title: 'Average run', show: duration },
  cost_usd_per_completed_task: { title: 'USD per completed task', show: usd },
  tokens_per_completed_task: { title: 'Tokens per completed task', show: compact },
};

function TaskFigures({ metrics }: { metrics: readonly Metric[] }) {
  const given = Object.entries(shown).flatMap(([name, how]) => {
    const metric = metrics.find((one) => one.metric === name);
    return metric === undefined ? [] : [{ name, metric, ...how }];
  });
  if (metrics.every(({ value }) => value === null || value === 0))
    return (
      <section className="card">
        <Empty title="No task was reported in this period.">
          <p>
            <code>atel emit</code> and <code>atel run</code> report the tasks of your own tools.
          </p>
        </Empty>
      </section>
    );
  return (
    <dl className="figures" aria-label="Figures of tasks">
      {given.map(({ name, metric: { value, value_before: before, change }, title, show }) => (
        <div key={name} className="card" data-metric={name}>
          <dt>{title}</dt>
          <dd className="value">{known(value === null ? UNKNOWN : show(value))}</dd>
          <dd className="before">
            <span>before: {before === null ? '–' : show(before)}</span>
            <Changed by={changeOf(change)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Changed({ by }: { by: ReturnType<typeof changeOf> }) {
  if (by === null || by.direction === 'none') return null;
  return (
    <span className="change">
      {by.direction === 'up' ? 'up by' : 'down by'} {by.size}
    </span>
  );
}

const phaseColumns: readonly Column<Phase>[] = [
  {
    title: 'Phase',
    cell: ({ phase, is_bottleneck: slowed, avg_ms_before: before }) => (
      <>
        <Name of={phase} />
        {slowed === 1 && before !== null && <span className="bad"> slowed down most</span>}
      </>
    ),
  },
  { title: 'Runs', cell: ({ runs }) => grouped(runs), isFigure: true, isSpare: true },
  { title: 'Average', cell: ({ avg_ms: ms }) => duration(ms), isFigure: true },
  { title: 'Before', cell: ({ avg_ms_before: ms }) => duration(ms), isFigure: true, isSpare: true },
  { title: 'Share', cell: ({ time_share: share }) => percent(share), isFigure: true },
];

const failureColumns: readonly Column<Failure>[] = [
  { title: 'By', cell: ({ dimension }) => dimension },
  { title: 'Name', cell: ({ part }) => <Name of={part} />, takesRest: true },
  {
    title: 'Failed',
    cell: ({ failures, successes }) => `${grouped(failures)} of ${grouped(failures + successes)}`,
    isFigure: true,
  },
  { title: 'Rate', cell: ({ failure_rate: rate }) => percent(rate), isFigure: true },
  {
    title: 'Most in phase',
    cell: ({ failed_phases: phases }) => <Name of={phases[0]?.[0] ?? ''} />,
    isSpare: true,
  },
];
