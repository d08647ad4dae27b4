/** The cost breakdowns of the overview. */
import type { AnswerOf } from '../../api/answers.js';
import { compact, grouped } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { plain } from '../format.js';
import { Link, useAddress, withQuery } from '../router.js';
import { Bar, Table, type Column } from '../parts/table.js';

type Part = Extract<AnswerOf<'/v1/analytics/cost'>, { group_by: 'part' }>['parts'][number];

const titles: Readonly<Record<Part['dimension'], string>> = {
  model: 'Model',
  agent: 'Agent',
  skill: 'Skill',
  project: 'Project',
};

/** What each model, agent, skill and project cost. */
export function Breakdowns({ parts }: { parts: readonly Part[] }) {
  // The tables stand side by side and have the same decimals.
  const money = usdColumn(parts.map(({ total_cost_usd: cost }) => cost));
  return (
    <div className="grid">
      {Object.entries(titles).map(([dimension, title]) => {
        const rows = parts.filter((part) => part.dimension === dimension);
        return (
          <section key={dimension} className="card" aria-labelledby={`by-${dimension}`}>
            <h2 id={`by-${dimension}`}>Cost by {title.toLowerCase()}</h2>
            <Table
              label={`Cost by ${title.toLowerCase()}`}
              columns={columnsOf(title, money)}
              rows={rows}
              rowKey={({ part }) => part}
              top={6}
              isNamed
            />
          </section>
        );
      })}
    </div>
  );
}

function columnsOf(title: string, money: ReturnType<typeof usdColumn>): readonly Column<Part>[] {
  return [
    {
      title,
      cell: ({ dimension, part, cost_share: share }) => (
        <span className="part">
          <PartLink dimension={dimension} part={part} />
          <Bar share={share} />
        </span>
      ),
    },
    { title: 'USD', cell: ({ total_cost_usd: cost }) => money(cost), isFigure: true },
    { title: 'Share', cell: ({ cost_share: share }) => percent(share), isFigure: true },
    { title: 'Requests', cell: ({ request_count: count }) => grouped(count), isFigure: true, isSpare: true },
    { title: 'Tokens', cell: ({ total_tokens: tokens }) => compact(tokens), isFigure: true },
  ];
}

/** Leads to the requests of a part; a part without a project has none of its own. */
function PartLink({ dimension, part }: Pick<Part, 'dimension' | 'part'>) {
  const address = useAddress();
  if (dimension === 'project' && part === 'unattributed') return <span>{part}</span>;
  const by = dimension === 'model' ? 'agent' : 'model';
  return (
    <Link href={withQuery(address, '/explore', { [dimension]: part, by })} title={plain(part)}>
      {plain(part)}
    </Link>
  );
}
