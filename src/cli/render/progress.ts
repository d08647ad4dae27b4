/** Shows the progress of long work: a bar on a terminal, plain lines elsewhere. */
import { grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { percent } from '../../base/format/shares.js';
import { terminalOf } from './terminal.js';
import { fit } from './text.js';

/** The stream for progress: stderr. */
interface Output {
  isTTY?: boolean;
  columns?: number;
  write: (text: string) => unknown;
}

/** The state of the work. */
interface Reached {
  done: number;
  /** Null if the total is unknown. */
  total: number | null;
  /** What was done, if it is shown in other words than the measure: `12 of 40 files`. */
  text?: string;
}

export interface Progress {
  show: (reached: Reached) => void;
  /** Removes the line from the terminal. */
  end: () => void;
}

/** How often the line on a terminal is updated, milliseconds. */
const TERMINAL_EVERY_MS = 100;
/** How often a line is printed without a terminal, milliseconds; shorter work prints nothing. */
const LINE_EVERY_MS = 10_000;

/**
 * Starts to show progress: on a terminal one line that is updated, with a bar, the rate and the remaining time;
 * elsewhere a plain line at long intervals, and nothing for work that ends quickly.
 *
 * @param title name of the work, for the plain lines
 * @param measure formats an amount: `12.3 MB`
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
      // The last column stays empty, because some terminals break the line there.
      const rest = fit((size > 0 ? ' ' : '') + facts.join(', '), width - size - 1);
      output.write(`\r\u001b[K${paint.cyan('█'.repeat(full) + '░'.repeat(size - full))}${rest}`);
    },
    end: () => {
      if (isTerminal && isShown) output.write('\r\u001b[K');
    },
  };
}

/** Formats rows: `1,200 rows`. */
export function rowsMeasure(amount: number): string {
  return `${grouped(amount)} rows`;
}

/** Formats spans: `1,200 spans`. */
export function spansMeasure(amount: number): string {
  return `${grouped(amount)} spans`;
}

/** Formats bytes: `12.3 MB`, `4.5 kB`. */
export function bytesMeasure(amount: number): string {
  return amount < 1e5 ? `${(amount / 1e3).toFixed(1)} kB` : `${(amount / 1e6).toFixed(1)} MB`;
}

function shareOf({ done, total }: Reached): number | null {
  if (total === null) return null;
  return total === 0 ? 1 : Math.min(1, done / total);
}

function factsOf(reached: Reached, ms: number, measure: (amount: number) => string): string[] {
  const share = shareOf(reached);
  const { done, text = measure(done) } = reached;
  return [
    ...(share === null ? [] : [percent(share)]),
    text,
    ...(ms > 0 ? [`${measure(done / (ms / 1_000))}/s`] : []),
    // No remaining time at the very beginning.
    ...(share === null || share < 0.01 || share === 1 ? [] : [`${left((ms / share) * (1 - share))} left`]),
  ];
}

function left(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}
