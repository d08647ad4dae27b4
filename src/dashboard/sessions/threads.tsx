/** The tree of a session's threads. */
import type { AnswerOf } from '../../api/answers.js';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { plain } from '../format.js';
import { Table } from '../parts/table.js';

type Thread = AnswerOf<'/v1/sessions/:id'>['threads'][number];

/** Shows who started whom, how deep, and what each thread cost. */
export function Threads({ threads }: { threads: readonly Thread[] }) {
  const money = usdColumn(threads.map(({ total_cost_usd: cost }) => cost));
  return (
    <section className="card" aria-labelledby="threads">
      <h2 id="threads">Threads</h2>
      <Table
        label="Threads"
        rows={threads}
        rowKey={({ agent_id: id }) => id}
        top={10}
        columns={[
          {
            title: 'Agent',
            cell: ({ agent_type: type, depth }) => (
              <span style={{ paddingInlineStart: `${Math.min(depth, 8)}rem` }}>
                {type === '' ? 'of unknown type' : plain(type)}
              </span>
            ),
          },
          { title: 'Took', cell: (row) => duration(row.duration_ms), isFigure: true },
          { title: 'Requests', cell: (row) => grouped(row.request_count), isFigure: true, isSpare: true },
          { title: 'Tools', cell: (row) => grouped(row.tool_calls), isFigure: true, isSpare: true },
          {
            title: 'Failed',
            cell: ({ tool_failures: count }) => (
              <span className={count > 0 ? 'bad' : undefined}>{grouped(count)}</span>
            ),
            isFigure: true,
            isSpare: true,
          },
          { title: 'Tokens', cell: (row) => compact(row.total_tokens), isFigure: true },
          { title: 'USD', cell: (row) => money(row.total_cost_usd), isFigure: true },
        ]}
      />
    </section>
  );
}
