/** The chart of a session: what each prompt added to the cost, and how many tokens it took. */
import { useState } from 'react';
import { compact, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { exactMoment } from '../format.js';
import { Chart } from '../parts/chart.js';
import { Card } from '../parts/list.js';
import { promptsOf, type Prompt, type Step } from './steps.js';

const figures = { cost: 'Cost, USD', tokens: 'Tokens' } as const;

/** A bar per prompt; nothing for a session with less than two. */
export function SessionChart({ timeline }: { timeline: readonly Step[] }) {
  const [figure, choose] = useState<keyof typeof figures>('cost');
  const prompts = promptsOf(timeline).filter(({ prompt }) => prompt.request_count > 0);
  if (prompts.length < 2) return null;
  const isCost = figure === 'cost';
  return (
    <Card
      id="prompts"
      title="Prompt by prompt"
      note={isCost ? 'Each bar begins where the one before ends: the last one ends at the total.' : undefined}
    >
      <div className="filters">
        <label className="field">
          <span>Figure</span>
          <select
            value={figure}
            onChange={({ target }) => choose(target.value === 'tokens' ? 'tokens' : 'cost')}
          >
            {Object.entries(figures).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Chart
        label={`${figures[figure]}: ${plural(prompts.length, 'prompt')}.`}
        kind={isCost ? 'waterfall' : 'bars'}
        places={prompts.map(({ prompt, short }) => ({ key: prompt.prompt_id, label: short }))}
        series={[prompts.map(({ prompt }) => (isCost ? prompt.total_cost_usd : prompt.total_tokens))]}
        scale={(values) => (isCost ? usdColumn(values) : compact)}
        told={(place) => {
          const chosen = prompts[place];
          return chosen === undefined ? null : <Told {...chosen} />;
        }}
      />
    </Card>
  );
}

function Told({ prompt, title }: Prompt) {
  const {
    total_cost_usd: cost,
    total_tokens: tokens,
    request_count: requests,
    unpriced_requests: unpriced,
  } = prompt;
  return (
    <>
      <strong>{title}</strong>, {exactMoment(prompt.at)}: {cost === null ? UNKNOWN : `${usd(cost)} USD`},{' '}
      {plural(requests, 'request')}, {compact(tokens)} tokens
      {unpriced > 0 && `, ${plural(unpriced, 'request')} without a price`}
    </>
  );
}
