/** The page of tools. */
import { useState } from 'react';
import type { AnswerOf } from '../../api/answers.js';
import { grouped } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { plain } from '../format.js';
import { useCostBy } from '../parts/cost-by.js';
import { Card, PagedRows } from '../parts/list.js';
import { Name } from '../parts/spend.js';
import { Answer, Empty } from '../parts/state.js';
import { useAnswer, usePages } from '../question.js';
import { useScope } from '../scope.js';
import { toolColumns } from './tool-columns.js';

type Cell = AnswerOf<'/v1/analytics/reliability'>['reliability'][number];

/** How calls end, by tool, model and class of failure, and what reading their results costs. */
export function ToolsPage() {
  const { span, key, asked } = useScope();
  const tools = usePages('/v1/analytics/tools', { key, query: () => ({ ...asked(), limit: 25 }) });
  const matrix = useAnswer('/v1/analytics/reliability', { key, query: () => ({ ...asked(), limit: 1000 }) });
  const cost = useCostBy('tool');
  return (
    <>
      <h1>Tools</h1>
      <p className="facts">{span.title}.</p>
      <PagedRows
        id="calls"
        title="Calls"
        note="Retried: the same tool was called again right after its own failure."
        of={tools}
        rowsOf={({ tools: rows }) => rows}
        columns={toolColumns}
        rowKey={({ tool_name: name }) => name}
        empty="No tool was called in this period."
        isNamed
      />
      <Answer of={matrix}>
        {({ reliability, next_cursor: more }) => <Reliability cells={reliability} isWhole={more === null} />}
      </Answer>
      <PagedRows
        id="tool-cost"
        title="Cost of reading the results"
        note="A request belongs in equal shares to the calls whose results it brings to the model, so the rows sum to the total."
        {...cost}
        columns={(rows) => {
          const money = usdColumn(rows.map(({ total_cost_usd: amount }) => amount));
          return [
            { title: 'Tool', cell: ({ tool_name: name }) => <Name of={name} /> },
            { title: 'USD', cell: ({ total_cost_usd: amount }) => money(amount), isFigure: true },
            { title: 'Share', cell: ({ cost_share: share }) => percent(share), isFigure: true },
            { title: 'Calls', cell: ({ calls }) => grouped(calls), isFigure: true, isSpare: true },
          ];
        }}
        rowKey={({ tool_name: name }) => name}
        empty="No request was made in this period."
        isNamed
      />
    </>
  );
}

/** Failed share of the calls of each tool by each model; a choice narrows it to one class of failure. */
function Reliability({ cells, isWhole }: { cells: readonly Cell[]; isWhole: boolean }) {
  const [chosen, choose] = useState('');
  const distinct = (of: (cell: Cell) => string) => [...new Set(cells.map(of))].sort();
  const classes = distinct(({ error_class: name }) => name).filter((name) => name !== '');
  const failure = classes.includes(chosen) ? chosen : '';
  const [tools, models] = [distinct(({ tool_name: name }) => name), distinct(({ model }) => model)];
  return (
    <Card
      id="reliability"
      title="Failures by tool and model"
      note={`Failed calls, of all calls of the tool by the model.${isWhole ? '' : ' Only the 1,000 combinations that fail most are here: choose a shorter period.'}`}
    >
      {classes.length === 0 ? (
        <Empty
          title={cells.length === 0 ? 'No tool was called in this period.' : 'No call failed in this period.'}
        />
      ) : (
        <>
          <div className="filters">
            <label className="field">
              <span>Failure</span>
              <select value={failure} onChange={({ target }) => choose(target.value)}>
                <option value="">any</option>
                {classes.map((name) => (
                  <option key={name} value={name}>
                    {plain(name)}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <div className="scroll" role="group" aria-label="Failures by tool and model" tabIndex={0}>
            <table className="heat">
              <thead>
                <tr>
                  <th scope="col">Tool</th>
                  {models.map((model) => (
                    <th key={model} scope="col" className="figure">
                      {plain(model || UNKNOWN)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {tools.map((tool) => (
                  <tr key={tool}>
                    <th scope="row">{plain(tool || UNKNOWN)}</th>
                    {models.map((model) => (
                      <Heat
                        key={model}
                        cells={cells.filter((cell) => cell.tool_name === tool && cell.model === model)}
                        failure={failure}
                      />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Card>
  );
}

/** The calls of one tool by one model; empty where there is none. */
function Heat({ cells, failure }: { cells: readonly Cell[]; failure: string }) {
  const calls = cells[0]?.calls;
  if (calls === undefined) return <td className="figure" />;
  const failed = cells
    .filter((cell) => failure === '' || cell.error_class === failure)
    .reduce((sum, { failures }) => sum + failures, 0);
  const classes = cells
    .filter(({ failures }) => failures > 0)
    .map(({ error_class: name, failures }) => `${plain(name)}: ${grouped(failures)}`);
  // The darkest at half of the calls.
  const depth = Math.ceil(Math.min(1, (failed / calls) * 2) * 4);
  return (
    <td className={`figure heat-${depth}`} title={classes.join('\n') || undefined}>
      {grouped(failed)} of {grouped(calls)}
    </td>
  );
}
