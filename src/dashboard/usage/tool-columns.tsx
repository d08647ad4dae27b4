/** The columns of tables of tools. */
import type { AnswerOf } from '../../api/answers.js';
import { grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { percent } from '../../base/format/shares.js';
import { Name } from '../parts/spend.js';
import type { Column } from '../parts/table.js';

type Tool = AnswerOf<'/v1/overview'>['tools'][number];

export const toolColumns: readonly Column<Tool>[] = [
  { title: 'Tool', cell: ({ tool_name: name }) => <Name of={name} /> },
  { title: 'Calls', cell: ({ calls }) => grouped(calls), isFigure: true },
  {
    title: 'Failed',
    cell: ({ failures }) => <span className={failures > 0 ? 'bad' : undefined}>{grouped(failures)}</span>,
    isFigure: true,
  },
  { title: 'Rate', cell: ({ failure_rate }) => percent(failure_rate), isFigure: true },
  { title: 'Retried', cell: ({ retries }) => grouped(retries), isFigure: true, isSpare: true },
  { title: 'Denied', cell: ({ denials }) => grouped(denials), isFigure: true, isSpare: true },
  {
    title: 'Average',
    cell: ({ avg_duration_ms }) => duration(avg_duration_ms),
    isFigure: true,
    isSpare: true,
  },
];
