/** What a line of progress says: how far (0 to 1; null where nobody knows), and in words. */
interface Shown {
  share: number | null;
  text: string;
}

/** One line on a terminal that is written over. */
export interface ProgressLine {
  /** Shows how far the work is, unless it did so a moment ago. `say` gets the seconds since the start. */
  show: (say: (seconds: number) => Shown) => void;
  clear: () => void;
}

/** A terminal as far as it matters here. */
interface Stream {
  isTTY?: boolean;
  write: (text: string) => unknown;
}

const WIDTH = 24;
const EVERY_MS = 100;

/** A bar, what is done, and how long yet; undefined where nobody watches. */
export function progressLine(
  stream: Stream,
  now: () => number = () => performance.now(),
): ProgressLine | undefined {
  if (stream.isTTY !== true) return undefined;
  const started = now();
  let shownAt = -Infinity;
  return {
    show: (say) => {
      const at = now();
      if (at - shownAt < EVERY_MS) return;
      shownAt = at;
      const seconds = Math.max(0.001, (at - started) / 1000);
      const { share, text } = say(seconds);
      stream.write(`\r\x1b[K${share === null ? '' : bar(share)}${text}${left(share, seconds)}`);
    },
    clear: () => {
      stream.write('\r\x1b[K');
    },
  };
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} `;
}

function left(share: number | null, seconds: number): string {
  return share !== null && share > 0.01 ? `, ${Math.ceil((seconds / share) * (1 - share))} s left` : '';
}
