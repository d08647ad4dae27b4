/** Lines about alerts and budgets. */
import type { Rule } from '../../alerts/rule.js';
import { conditionText, figureText, subjectText } from '../../alerts/words.js';
import { savedRule } from '../../alerts/sample.js';
import { grouped } from '../../base/format/counts.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { storeMoment } from '../../base/time/store-time.js';
import type { RowsOf } from '../../store/question-types.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain, wrap } from '../render/text.js';
import { clock } from '../shared/answer.js';

export type RuleRow = RowsOf<'alertList'>[number];
export type ChangeRow = RowsOf<'alertHistory'>[number];

const isBad = (state: string) => state === 'firing' || state === 'hard';

/** Colours a state: past a limit red, past a soft one yellow. */
const painted = ({ paint }: Terminal, cell: string, state: string) =>
  isBad(state) ? paint.red(cell) : state === 'soft' ? paint.yellow(cell) : cell;

const of = (row: RuleRow, say: (rule: Rule) => string): string => {
  const rule = savedRule(row);
  return rule === undefined ? UNKNOWN : say(rule);
};

/** A table of rules. */
export function ruleTable(rows: readonly RuleRow[], timezone: string, terminal: Terminal): string[] {
  const columns: Column<RuleRow>[] = [
    { title: 'Rule', cell: ({ rule }) => rule, shrinksTo: 10 },
    { title: 'Watches', cell: (row) => of(row, subjectText), shrinksTo: 12 },
    { title: 'Fires', cell: (row) => of(row, conditionText), shrinksTo: 10 },
    {
      title: 'State',
      cell: (row) => stateOf(row),
      paint: (cell, { state }) => painted(terminal, cell, state),
    },
    {
      title: 'At',
      align: 'right',
      cell: ({ metric, state, value }) => (state === '' ? '–' : figureText(metric, value)),
      spare: 1,
    },
    {
      title: 'Since',
      cell: ({ changed_at: at }) => (at === null ? '–' : clock(storeMoment(at), timezone)),
      spare: 3,
    },
    { title: 'Fired', align: 'right', cell: ({ fired }) => grouped(fired), spare: 2 },
  ];
  return table(rows, columns, terminal);
}

const stateOf = ({ is_enabled: enabled, state }: RuleRow): string =>
  enabled === 0 ? 'off' : state === '' ? 'not yet' : state;

/** A table of changes, the newest first. */
export function changeTable(rows: readonly ChangeRow[], timezone: string, terminal: Terminal): string[] {
  const columns: Column<ChangeRow>[] = [
    { title: 'When', cell: ({ timestamp }) => clock(storeMoment(timestamp), timezone) },
    { title: 'Rule', cell: ({ rule }) => rule, shrinksTo: 10 },
    { title: 'Session', cell: ({ session_id: id }) => id.slice(0, 8), spare: 3 },
    {
      title: 'State',
      cell: ({ state }) => state,
      paint: (cell, { state }) => painted(terminal, cell, state),
    },
    { title: 'Figure', align: 'right', cell: ({ metric, value }) => figureText(metric, value) },
    { title: 'Limit', align: 'right', cell: ({ metric, threshold }) => figureText(metric, threshold) },
    {
      title: 'Told',
      cell: ({ is_told: told, is_late: late }) => `${told === 1 ? 'yes' : 'no'}${late === 1 ? ', late' : ''}`,
      spare: 2,
    },
  ];
  const hasSessions = rows.some(({ session_id: id }) => id !== '');
  return table(
    rows,
    columns.filter(({ title }) => title !== 'Session' || hasSessions),
    terminal,
  );
}

/** A rule with all its values. */
export function ruleLines(row: RuleRow, { paint, width }: Terminal): string[] {
  const facts: [string, string][] = [
    ['Watches', of(row, subjectText)],
    ['Fires', of(row, conditionText)],
    ['State', stateOf(row)],
    ['Severity', row.severity],
    ['Hysteresis', `${Math.round(row.hysteresis * 100)} %`],
    ['Cool-down', `${grouped(row.cooldown_minutes)} min`],
    ['Time zone', row.timezone],
  ];
  return [
    paint.bold(plain(row.rule)),
    ...facts.flatMap(([name, value]) => wrap(`  ${name.padEnd(11)} ${plain(value)}`, width)),
  ];
}

/** A change in one line, for `--watch`. */
export function changeLine(row: ChangeRow, timezone: string, terminal: Terminal): string {
  const session = row.session_id === '' ? '' : `, session ${row.session_id.slice(0, 8)}`;
  const figures = `${figureText(row.metric, row.value)}, limit ${figureText(row.metric, row.threshold)}`;
  const text = `${clock(storeMoment(row.timestamp), timezone)} ${row.rule} ${row.state}: ${row.metric} ${figures}${session}`;
  return painted(terminal, plain(text), row.state);
}
