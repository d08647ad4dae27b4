/** The chart of cost over time. */
import { useState, type KeyboardEvent } from 'react';
import type { AnswerOf } from '../../api/answers.js';
import { compact, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { useWidth } from '../parts/width.js';
import { ticks } from './scale.js';

type Period = AnswerOf<'/v1/analytics/trend'>['periods'][number];

const HEIGHT = 220;
/** Width that a label below the bars needs, pixels. */
const LABEL = 76;
/** Width of a letter of the labels at the left, at most, pixels; and of the space beside them. */
const LETTER = 7.5;
const GAP = 12;
const BOTTOM = 26;
const TOP = 8;

/** One bar per period. Arrow keys, mouse or touch select the bar whose figures are shown above the chart. */
export function CostChart({ periods }: { periods: readonly Period[] }) {
  const [chosen, choose] = useState<number | null>(null);
  const [box, width] = useWidth();
  const costs = periods.map(({ total_cost_usd: cost }) => cost);
  const lines = ticks(costs.reduce<number>((most, cost) => Math.max(most, cost ?? 0), 0));
  const top = lines.at(-1) ?? 0;
  const money = usdColumn(lines);
  const y = (cost: number) => HEIGHT - BOTTOM - (top === 0 ? 0 : cost / top) * (HEIGHT - BOTTOM - TOP);
  const left = GAP + LETTER * lines.reduce((most, line) => Math.max(most, money(line).length), 0);
  const step = (width - left) / Math.max(1, periods.length);
  const bar = Math.min(48, step * 0.72);
  const labelled = Math.ceil(LABEL / step);
  const move = (event: KeyboardEvent) => {
    const last = periods.length - 1;
    const at = chosen ?? last + (event.key === 'ArrowLeft' ? 1 : 0);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(last, Math.max(0, to)));
  };
  const selected = chosen === null ? undefined : periods[chosen];
  return (
    <figure className="chart">
      <figcaption aria-live="polite">
        {selected === undefined ? (
          <span className="hint">Point at a bar, or tap it, for its figures.</span>
        ) : (
          <Selected period={selected} />
        )}
      </figcaption>
      <div
        ref={box}
        role="group"
        aria-roledescription="chart"
        aria-label={`Cost of ${plural(periods.length, 'period')}, USD. The arrow keys go from bar to bar.`}
        tabIndex={0}
        onKeyDown={move}
        onBlur={() => choose(null)}
        // A finger leaves when it is lifted: what it chose stays.
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && choose(null)}
      >
        <svg width={width} height={HEIGHT} aria-hidden="true">
          {lines.map((line) => (
            <g key={line}>
              <line className="grid-line" x1={left} x2={width} y1={y(line)} y2={y(line)} />
              <text x={left - 8} y={y(line) + 4} textAnchor="end">
                {money(line)}
              </text>
            </g>
          ))}
          {periods.map((period, place) => {
            const start = left + place * step;
            const cost = period.total_cost_usd ?? 0;
            return (
              <g
                key={period.starts_at}
                onPointerEnter={() => choose(place)}
                onPointerDown={() => choose(place)}
              >
                <rect className="column" x={start} y={TOP} width={step} height={HEIGHT - BOTTOM - TOP} />
                {cost > 0 && (
                  <rect
                    className={place === chosen ? 'cost chosen' : 'cost'}
                    x={start + (step - bar) / 2}
                    // A value above zero is always visible.
                    y={Math.min(y(cost), y(0) - 2)}
                    width={bar}
                    height={Math.max(2, y(0) - y(cost))}
                    rx={Math.min(3, bar / 2)}
                  />
                )}
                {place % labelled === 0 && (
                  <Label text={labelOf(period)} middle={start + step / 2} end={width} />
                )}
              </g>
            );
          })}
        </svg>
      </div>
    </figure>
  );
}

/** A label below its bar, shifted so that it does not leave the chart. */
function Label({ text, middle, end }: { text: string; middle: number; end: number }) {
  const isLast = middle + LABEL / 3 > end;
  return (
    <text x={isLast ? end : middle} y={HEIGHT - 8} textAnchor={isLast ? 'end' : 'middle'}>
      {text}
    </text>
  );
}

function Selected({ period }: { period: Period }) {
  const { total_cost_usd: cost, is_partial: isPartial } = period;
  return (
    <>
      <strong>{period.period_start}</strong>
      {isPartial === 1 && ' (in part)'}: {cost === null ? UNKNOWN : `${usd(cost)} USD`},{' '}
      {plural(period.request_count, 'request')}, {plural(period.sessions, 'session')},{' '}
      {compact(period.total_tokens)} tokens
      {period.unpriced_requests > 0 && `, ${plural(period.unpriced_requests, 'request')} without a price`}
    </>
  );
}

/** `20 Nov` or `09:00`: the store has already named the period in the requested time zone. */
function labelOf({ period_start: start }: Period): string {
  const [date = '', time] = start.split(' ');
  if (time !== undefined) return time;
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00Z`),
  );
}
