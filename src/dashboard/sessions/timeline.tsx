/** A session's timeline. */
import { useState } from 'react';
import { compact, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { storeMoment } from '../../base/time/store-time.js';
import { clock, exactMoment, plain } from '../format.js';
import { Bar, known } from '../parts/table.js';
import { promptsOf, type Placed, type Prompt, type Step } from './steps.js';

/** All prompts are expanded at first if there are no more than this. */
const OPEN = 5;
/** Steps per prompt that are shown at first. */
const TOP = 200;

/** The timeline of a session, prompt by prompt. */
export function Timeline({ timeline }: { timeline: readonly Step[] }) {
  const prompts = promptsOf(timeline);
  const costs = prompts.map(({ prompt }) => prompt.total_cost_usd ?? 0);
  const mostExpensive = costs.reduce((most, cost) => Math.max(most, cost), 0);
  return (
    <ol className="timeline">
      {prompts.map((one) => (
        <PromptSteps
          key={one.prompt.prompt_id}
          of={one}
          // Sets the length of the bar only; the figure is shown as text.
          share={mostExpensive === 0 ? null : (one.prompt.total_cost_usd ?? 0) / mostExpensive}
          isFirstOpen={prompts.length <= OPEN}
        />
      ))}
    </ol>
  );
}

function PromptSteps({
  of: { prompt, title, steps },
  share,
  isFirstOpen,
}: {
  of: Prompt;
  share: number | null;
  isFirstOpen: boolean;
}) {
  const [isOpen, setOpen] = useState(isFirstOpen);
  const cost = prompt.total_cost_usd;
  const isFree = prompt.request_count === 0;
  return (
    <li>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span className="title">{title}</span>
          <span className="when">{exactMoment(prompt.at)}</span>
          <span className="took">{prompt.duration_ms === null ? '' : duration(prompt.duration_ms)}</span>
          <span className="count">{plural(prompt.request_count, 'request')}</span>
          <span className="tokens">{isFree ? '' : `${compact(prompt.total_tokens)} tokens`}</span>
          <span className="cost">{isFree ? '' : known(cost === null ? UNKNOWN : `${usd(cost)} USD`)}</span>
          <Bar share={share} />
        </summary>
        {isOpen && <Steps title={title} steps={steps} />}
      </details>
    </li>
  );
}

function Steps({ title, steps }: { title: string; steps: readonly Placed[] }) {
  const [isWhole, setWhole] = useState(false);
  if (steps.length === 0) return <p className="hint">No steps were recorded.</p>;
  const money = usdColumn(steps.map(({ step }) => step.total_cost_usd));
  const shown = isWhole ? steps : steps.slice(0, TOP);
  return (
    <>
      <div className="scroll" role="group" aria-label={`Steps: ${title}`} tabIndex={0}>
        <table className="steps">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Step</th>
              <th scope="col" className="figure took">
                Took
              </th>
              <th scope="col" className="figure">
                Tokens
              </th>
              <th scope="col" className="figure">
                USD
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ step, depth }, place) => (
              <tr key={place} className={step.kind}>
                <td className="at">{clock(storeMoment(step.at))}</td>
                <td>
                  <span className="what" style={{ paddingInlineStart: `${Math.min(depth, 8) * 1.25}rem` }}>
                    <What step={step} />
                  </span>
                </td>
                <td className="figure took">{step.duration_ms === null ? '' : duration(step.duration_ms)}</td>
                <td className="figure">{hasMoney(step) ? known(compact(step.total_tokens)) : ''}</td>
                <td className="figure">{hasMoney(step) ? known(money(step.total_cost_usd)) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < steps.length && (
        <button type="button" className="more" onClick={() => setWhole(true)}>
          Show all {steps.length} steps
        </button>
      )}
    </>
  );
}

/** A subagent's row sums its own requests, which are listed below it. */
const hasMoney = ({ kind }: Step) => kind === 'request' || kind === 'agent';

function What({ step: { kind, name, status, error_class: error } }: { step: Step }) {
  const isFailure = status === 'failure';
  return (
    <>
      <span className={`kind ${kind}`}>{kind}</span>
      <span className={isFailure ? 'bad' : undefined}>
        {name === '' ? 'of unknown type' : plain(kind === 'event' ? name.replaceAll('_', ' ') : name)}
        {isFailure && ` failed${error === '' ? '' : ` (${plain(error.replace('_', ' '))})`}`}
        {status === 'typed' && ' (typed)'}
      </span>
    </>
  );
}
