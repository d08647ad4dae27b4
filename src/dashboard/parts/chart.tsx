/** A chart over time: bars that stand on each other, or lines. */
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { ticks } from './scale.js';
import { useWidth } from './width.js';

const HEIGHT = 220;
/** Width that a label below the bars needs, pixels. */
const LABEL = 76;
/** Width of a letter of the labels at the left, at most, pixels; and of the space beside them. */
const LETTER = 7.5;
const GAP = 12;
const BOTTOM = 26;
const TOP = 8;

/** A period of the chart. */
export interface Place {
  key: string;
  /** Below the chart: `20 Nov`, `09:00`. */
  label: string;
}

/** One figure over time: a value per place, null where it is unknown. */
export type Values = readonly (number | null)[];

/**
 * Arrow keys, mouse or touch select the period whose figures are shown above the chart.
 *
 * @param kind `bars` stand on each other, so that their heights sum up; in a `waterfall` each also begins where the period
 *   before it ends; `lines` are for figures without a sum
 * @param told the figures of a period in words
 * @param scale formats the figures at the left
 */
export function Chart({
  label,
  places,
  series,
  kind = 'bars',
  told,
  scale,
}: {
  label: string;
  places: readonly Place[];
  series: readonly Values[];
  kind?: 'bars' | 'waterfall' | 'lines';
  told: (place: number) => ReactNode;
  scale: (lines: readonly number[]) => (value: number) => string;
}) {
  const [chosen, choose] = useState<number | null>(null);
  const [box, width] = useWidth();
  const known = (values: Values, place: number) => values[place] ?? 0;
  const heightAt = (place: number) =>
    series.reduce(
      (height, values) =>
        kind === 'lines' ? Math.max(height, known(values, place)) : height + known(values, place),
      0,
    );
  // Where the bars of each period begin, and where those of the last one would end.
  const bottoms = [0];
  for (const place of places.keys())
    bottoms.push(kind === 'waterfall' ? (bottoms[place] ?? 0) + heightAt(place) : 0);
  const lines = ticks(
    places.reduce((most, _, place) => Math.max(most, (bottoms[place] ?? 0) + heightAt(place)), 0),
  );
  const top = lines.at(-1) ?? 0;
  const text = scale(lines);
  const y = (value: number) => HEIGHT - BOTTOM - (top === 0 ? 0 : value / top) * (HEIGHT - BOTTOM - TOP);
  const left = GAP + LETTER * lines.reduce((most, line) => Math.max(most, text(line).length), 0);
  const step = (width - left) / Math.max(1, places.length);
  const bar = Math.min(48, step * 0.72);
  const labelled = Math.ceil(LABEL / step);
  const middle = (place: number) => left + (place + 0.5) * step;
  const move = (event: KeyboardEvent) => {
    const last = places.length - 1;
    const at = chosen ?? last + (event.key === 'ArrowLeft' ? 1 : 0);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(last, Math.max(0, to)));
  };
  return (
    <figure className="chart">
      <figcaption aria-live="polite">
        {chosen === null || places[chosen] === undefined ? (
          <span className="hint">Point at a bar or a point, or tap it, for its figures.</span>
        ) : (
          told(chosen)
        )}
      </figcaption>
      <div
        ref={box}
        role="group"
        aria-roledescription="chart"
        aria-label={`${label} The arrow keys go from one to the next.`}
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
                {text(line)}
              </text>
            </g>
          ))}
          {kind === 'lines' &&
            series.map((values, at) => (
              <path key={at} className={`line series-${at}`} d={pathOf(values, middle, y)} />
            ))}
          {places.map((place, index) => (
            <g key={place.key} onPointerEnter={() => choose(index)} onPointerDown={() => choose(index)}>
              <rect
                className={index === chosen ? 'column chosen' : 'column'}
                x={left + index * step}
                y={TOP}
                width={step}
                height={HEIGHT - BOTTOM - TOP}
              />
              {kind !== 'lines' ? (
                <Bars
                  bottom={bottoms[index] ?? 0}
                  values={series.map((values) => known(values, index))}
                  middle={middle(index)}
                  width={bar}
                  y={y}
                />
              ) : (
                series.map((values, at) => {
                  const value = values[index];
                  return value === null || value === undefined ? null : (
                    <circle key={at} className={`series-${at}`} cx={middle(index)} cy={y(value)} r={2.5} />
                  );
                })
              )}
              {index % labelled === 0 && <Label text={place.label} middle={middle(index)} end={width} />}
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** The values of a period, on each other. */
function Bars({
  bottom,
  values,
  middle,
  width,
  y,
}: {
  bottom: number;
  values: readonly number[];
  middle: number;
  width: number;
  y: (value: number) => number;
}) {
  let below = bottom;
  return values.map((value, at) => {
    const from = below;
    below += value;
    if (!(value > 0)) return null;
    // A value above zero is always visible.
    const height = Math.max(2, y(from) - y(below));
    return (
      <rect
        key={at}
        className={`series-${at}`}
        x={middle - width / 2}
        y={y(from) - height}
        width={width}
        height={height}
        rx={values.length === 1 ? Math.min(3, width / 2) : 0}
      />
    );
  });
}

/** A line through the known values; unknown ones interrupt it. */
function pathOf(values: Values, x: (place: number) => number, y: (value: number) => number): string {
  return values
    .map((value, place) =>
      value === null
        ? ''
        : `${(values[place - 1] ?? null) === null ? 'M' : 'L'}${x(place).toFixed(1)} ${y(value).toFixed(1)}`,
    )
    .join('');
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

/** `20 Nov` or `09:00`: the store has already named the period in the requested time zone. */
export function periodLabel(start: string): string {
  const [date = '', time] = start.split(' ');
  if (time !== undefined) return time;
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00Z`),
  );
}
