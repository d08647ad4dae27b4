/** The page of alerts and budgets: rules that can be added, changed and removed, and what they did. */
import { useState, type ReactNode } from 'react';
import type { AnswerOf } from '../../api/answers.js';
import { figureText } from '../../alerts/words.js';
import { grouped } from '../../base/format/counts.js';
import { send } from '../ask.js';
import { moment } from '../format.js';
import { PagedRows, Rows } from '../parts/list.js';
import { Name } from '../parts/spend.js';
import { Answer } from '../parts/state.js';
import type { Column } from '../parts/table.js';
import { useAnswer, usePages } from '../question.js';
import { useScope } from '../scope.js';
import { SessionLink } from '../sessions/session-link.js';
import { AddRule } from './add-rule.js';
import { useChange } from './change.js';
import { ruleColumns } from './rule-columns.js';
import type { Rule } from './rule.js';

type Change = AnswerOf<'/v1/alerts/history'>['changes'][number];

/** All rules with their state, a form for another one, and the history of the window. */
export function RulesPage() {
  const { span } = useScope();
  // Rules apply whatever project the page shows.
  const bounds = () => span.bounds(Date.now());
  const rules = useAnswer('/v1/alerts', { key: [span.key], query: bounds });
  const history = usePages('/v1/alerts/history', {
    key: [span.key],
    query: () => ({ ...bounds(), limit: 50 }),
  });
  return (
    <>
      <h1>Alerts and budgets</h1>
      <p className="facts">
        A change is stored within some seconds. The server of this page evaluates rules after writes and once
        a minute.
      </p>
      <Answer of={rules}>
        {({ alerts }) => (
          <Rows
            id="rules"
            title="Rules"
            columns={columns}
            rows={alerts}
            rowKey={({ rule }) => rule}
            empty="There is no rule yet."
          />
        )}
      </Answer>
      <AddRule />
      <PagedRows
        id="history"
        title="History"
        note={`${span.title}: every change of a state, the newest first.`}
        of={history}
        rowsOf={({ changes }) => changes}
        columns={historyColumns}
        rowKey={({ event_id: id }) => id}
        empty="No rule changed its state in this period."
      />
    </>
  );
}

const columns: readonly Column<Rule>[] = [
  ...ruleColumns,
  { title: 'Fired', cell: ({ fired }) => grouped(fired), isFigure: true, isSpare: 'wide' },
  { title: 'Change', cell: (rule) => <Buttons rule={rule} /> },
];

/** Switches a rule off or on, and removes it after a second click. */
function Buttons({ rule: { rule, is_enabled: isEnabled } }: { rule: Rule }): ReactNode {
  const [isSure, setSure] = useState(false);
  const { change, isPending, error } = useChange();
  const path = `/v1/alerts/${encodeURIComponent(rule)}`;
  return (
    <span className="buttons">
      <button
        type="button"
        disabled={isPending}
        onClick={() => change(() => send('PATCH', path, { enabled: isEnabled === 0 }))}
      >
        {isEnabled === 0 ? 'Switch on' : 'Switch off'}
        <span className="hidden"> {rule}</span>
      </button>
      <button
        type="button"
        disabled={isPending}
        className={isSure ? 'bad' : undefined}
        onClick={() => (isSure ? change(() => send('DELETE', path)) : setSure(true))}
        onBlur={() => setSure(false)}
      >
        {isSure ? 'Really remove' : 'Remove'}
        <span className="hidden"> {rule}</span>
      </button>
      {error !== null && (
        <span className="bad" role="alert">
          {error.message}
        </span>
      )}
    </span>
  );
}

const historyColumns: readonly Column<Change>[] = [
  { title: 'When', cell: ({ timestamp: at }) => moment(at) },
  { title: 'Rule', cell: ({ rule }) => <Name of={rule} /> },
  {
    title: 'State',
    cell: ({ state_before: before, state }) => (
      <>
        {before === state ? 'first evaluated: ' : `${before} → `}
        <span className={state === 'ok' ? 'good' : 'bad'}>{state}</span>
      </>
    ),
  },
  { title: 'At', cell: ({ metric, value }) => figureText(metric, value), isFigure: true },
  {
    title: 'Limit',
    cell: ({ metric, threshold }) => figureText(metric, threshold),
    isFigure: true,
    isSpare: true,
  },
  {
    title: 'Session',
    cell: ({ session_id: id }) => (id === '' ? '–' : <SessionLink id={id} />),
    isSpare: true,
  },
  {
    title: 'Reported',
    cell: ({ is_told: isReported }) => (isReported === 1 ? 'yes' : 'no'),
    isSpare: 'wide',
  },
];
