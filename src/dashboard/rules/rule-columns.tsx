/** What every table of rules says of a rule. */
import { conditionText, figureText, subjectText } from '../../alerts/words.js';
import { Name } from '../parts/spend.js';
import type { Column } from '../parts/table.js';
import { described, isPast, stateName, type Rule } from './rule.js';

export const ruleColumns: readonly Column<Rule>[] = [
  { title: 'Rule', cell: ({ rule }) => <Name of={rule} /> },
  {
    title: 'State',
    cell: (rule) => <span className={isPast(rule) ? 'bad' : undefined}>{stateName(rule)}</span>,
  },
  {
    title: 'At',
    cell: ({ metric, state, value }) => (state === '' ? '–' : figureText(metric, value)),
    isFigure: true,
  },
  { title: 'Fires', cell: (rule) => conditionText(described(rule)), isSpare: true },
  { title: 'Watches', cell: (rule) => subjectText(described(rule)), isSpare: true },
];
