/** The overview: the main figures, the cost chart and the breakdowns of the window. */
import type { AnswerOf } from '../../api/answers.js';
import { priceNotes } from '../../api/price-notes.js';
import { plural } from '../../base/format/counts.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { dayAndTime } from '../format.js';
import { Answer, Empty } from '../parts/state.js';
import { Table } from '../parts/table.js';
import { useAnswer } from '../question.js';
import type { Span } from '../span.js';
import { useScope } from '../scope.js';
import { toolColumns } from '../usage/tool-columns.js';
import { withoutEmptyStart } from '../parts/scale.js';
import { Alerts } from './alerts.js';
import { Breakdowns } from './breakdowns.js';
import { CostChart } from './cost-chart.js';
import { Figures } from './figures.js';
import { Limits } from './limits.js';

/** The overview: main figures, cost over time and breakdowns of the window. */
export function Overview() {
  const { span, key, asked } = useScope();
  const { title, period } = span;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const overview = useAnswer('/v1/overview', {
    key: [...key, timeZone],
    query: () => ({ ...asked(), period, timezone: timeZone }),
  });
  return (
    <>
      <h1>{title}</h1>
      <p className="facts">
        {span.name === 'all'
          ? 'Since the first session.'
          : `From ${dayAndTime(new Date(asked().from))} to ${endOf(asked().to)}, compared with the period of the same length before.`}{' '}
        Times are {timeZone}.
      </p>
      <Alerts />
      <Limits />
      <Answer of={overview} rows={12}>
        {(answer) => {
          const { metrics } = answer;
          const valueOf = (name: string) => metrics.find(({ metric }) => metric === name)?.value ?? 0;
          const isEmpty = valueOf('requests') === 0 && valueOf('tool_calls') === 0;
          const hadBefore = metrics.some(({ value_before: before }) => (before ?? 0) > 0);
          return (
            <>
              {isEmpty && <Nothing />}
              {(!isEmpty || hadBefore) && (
                <Figures
                  metrics={metrics}
                  unknown={isEmpty ? '–' : UNKNOWN}
                  isCompared={span.name !== 'all'}
                />
              )}
              {valueOf('unpriced_requests') > 0 && (
                <p className="note" role="note">
                  {plural(valueOf('unpriced_requests'), 'request')} of models without a known price are not in
                  these costs.
                </p>
              )}
              {!isEmpty && <Parts answer={answer} />}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function Nothing() {
  const { span, project } = useScope();
  return (
    <section className="card">
      <Empty title={nothingIn(span)}>
        <p>{adviceFor(span, project)}</p>
        <p>
          <code>atel init --project DIR</code> records a project; <code>atel backfill</code> reads Claude
          Code’s older sessions.
        </p>
      </Empty>
    </section>
  );
}

function nothingIn({ name, title }: Span): string {
  if (name === 'all') return 'Nothing was recorded yet.';
  return `Nothing was recorded ${name === null ? `from ${title}` : `in the ${title.toLowerCase()}`}.`;
}

function adviceFor({ name }: Span, project: string): string {
  if (name === 'all') return project === '' ? '' : 'Choose another project.';
  return project === '' ? 'Choose a longer period.' : 'Choose another project or a longer period.';
}

/** The end of a span in words. */
function endOf(to: string | undefined): string {
  return to === undefined ? 'now' : dayAndTime(new Date(to));
}

const bars = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month' } as const;

type Overviewed = AnswerOf<'/v1/overview'>;

function Parts({ answer: { period, periods, parts, tools } }: { answer: Overviewed }) {
  const { span } = useScope();
  return (
    <>
      <section className="card" aria-labelledby="by-time">
        <h2 id="by-time">Cost by {bars[period]}, USD</h2>
        <CostChart periods={span.name === 'all' ? withoutEmptyStart(periods) : periods} />
      </section>
      <PriceNotes parts={parts.filter(({ dimension }) => dimension === 'model')} />
      <Breakdowns parts={parts} />
      <section className="card" aria-labelledby="tools">
        <h2 id="tools">Tools</h2>
        {tools.length === 0 ? (
          <Empty title="No tool was called in this period." />
        ) : (
          <Table
            label="Tools"
            columns={toolColumns}
            rows={tools}
            rowKey={(tool) => tool.tool_name}
            top={8}
            isNamed
          />
        )}
      </section>
    </>
  );
}

/** What the client reported for requests without a price, and how many prices are learnt. */
function PriceNotes({ parts }: { parts: Parameters<typeof priceNotes>[0] }) {
  const { reported, learnt } = priceNotes(parts);
  return [reported, learnt]
    .filter((note) => note !== null)
    .map((note) => (
      <p key={note} className="note" role="note">
        {note}
      </p>
    ));
}
