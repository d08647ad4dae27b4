import { grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { percent } from '../../base/format/shares.js';
import { terminalOf } from './terminal.js';
import { fit } from './text.js';

/** Where progress is shown: stderr. */
interface Output {
  isTTY?: boolean;
  columns?: number;
  write: (text: string) => unknown;
}

/** How far the work is. */
interface Reached {
  done: number;
  /** Null where nobody knows how much there is. */
  total: number | null;
  /** What was done, where it is told otherwise than measured: `12 of 40 files`. */
  told?: string;
}

export interface Progress {
  show: (reached: Reached) => void;
  /** Takes the line off the terminal. */
  end: () => void;
}

/** How often the line on a terminal is written over, milliseconds. */
const TERMINAL_EVERY_MS = 100;
/** How often a line is written where there is no terminal, milliseconds; what is done sooner is silent. */
const LINE_EVERY_MS = 10_000;

/**
 * Tells how long work goes on: on a terminal one line that is written over, with a bar, the rate and the time left;
 * elsewhere now and then a plain line, and nothing about what is quickly done.
 *
 * @param title what goes on, for the plain lines
 * @param measure writes an amount of what is measured: `12.3 MB`
 * @param clock milliseconds
 */
export function startProgress(
  title: string,
  measure: (amount: number) => string,
  output: Output = process.stderr,
  clock: () => number = () => performance.now(),
): Progress {
  const isTerminal = output.isTTY === true;
  const { width, paint } = terminalOf(output);
  const started = clock();
  let shownAt = isTerminal ? -Infinity : started;
  let isShown = false;
  return {
    show: (reached) => {
      const now = clock();
      if (now - shownAt < (isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS)) return;
      shownAt = now;
      isShown = true;
      const facts = factsOf(reached, now - started, measure);
      if (!isTerminal) {
        output.write(`${title}: ${facts.join(', ')}\n`);
        return;
      }
      const share = shareOf(reached);
      const size = share === null ? 0 : Math.min(24, Math.floor(width / 4));
      const full = Math.round((share ?? 0) * size);
      // The last column stays free: some terminals break the line there.
      const rest = fit((size > 0 ? ' ' : '') + facts.join(', '), width - size - 1);
      output.write(`\r\u001b[K${paint.cyan('█'.repeat(full) + '░'.repeat(size - full))}${rest}`);
    },
    end: () => {
      if (isTerminal && isShown) output.write('\r\u001b[K');
    },
  };
}

/** Rows as what is measured: `1,200 rows`. */
export function rowsMeasure(amount: number): string {
  return `${grouped(amount)} rows`;
}

/** Spans as what is measured: `1,200 spans`. */
export function spansMeasure(amount: number): string {
  return `${grouped(amount)} spans`;
}

/** Bytes as what is measured: `12.3 MB`, `4.5 kB`. */
export function bytesMeasure(amount: number): string {
  return amount < 1e5 ? `${(amount / 1e3).toFixed(1)} kB` : `${(amount / 1e6).toFixed(1)} MB`;
}

function shareOf({ done, total }: Reached): number | null {
  if (total === null) return null;
  return total === 0 ? 1 : Math.min(1, done / total);
}

function factsOf(reached: Reached, ms: number, measure: (amount: number) => string): string[] {
  const share = shareOf(reached);
  const { done, told = measure(done) } = reached;
  return [
    ...(share === null ? [] : [percent(share)]),
    told,
    ...(ms > 0 ? [`${measure(done / (ms / 1_000))}/s`] : []),
    // Of the first moments nothing can be told.
    ...(share === null || share < 0.01 || share === 1 ? [] : [`${left((ms / share) * (1 - share))} left`]),
  ];
}

function left(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}
