/** The whole screen of a terminal, which is as it was when the program leaves it. */
import type { ReadStream, WriteStream } from 'node:tty';

const CSI = '\u001b[';
// A line that is too long is cut: wrapped, it would push the first ones off the screen.
const ENTER = `${CSI}?1049h${CSI}?25l${CSI}?7l`;
const LEAVE = `${CSI}?7h${CSI}?25h${CSI}?1049l`;
const HOME = `${CSI}H`;
const REST_OF_LINE = `${CSI}K`;
const REST_OF_SCREEN = `${CSI}J`;

/** `q`, `Q`, Ctrl+C and Ctrl+D. */
const LEAVING = ['q', 'Q', '\u0003', '\u0004'];

/** Signals that end the program. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Input = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;
type Output = Pick<WriteStream, 'rows' | 'write' | 'on' | 'off'>;

/** Takes the screen until it is disposed of. `q`, Ctrl+C, Ctrl+D and a signal leave it. */
export class Screen implements Disposable {
  #isLeft = false;
  readonly #leave = () => {
    this.#isLeft = true;
    this.#endWaits.forEach((end) => end());
  };
  readonly #endWaits = new Set<() => void>();
  #resize: (() => void) | undefined;
  readonly #onKey = (keys: Buffer) => {
    if (LEAVING.some((key) => keys.includes(key))) this.#leave();
  };
  /** Also if the program ends in another way. */
  readonly #restore = () => this.output.write(LEAVE);

  constructor(
    private readonly input: Input,
    private readonly output: Output,
  ) {
    output.write(ENTER);
    process.once('exit', this.#restore);
    // A second signal must not end the program before the terminal is as it was.
    for (const signal of signals) process.on(signal, this.#leave);
    if (!input.isTTY) return;
    // In raw mode Ctrl+C is a key, and no key is shown.
    input.setRawMode(true);
    input.on('data', this.#onKey);
    input.resume();
  }

  /** Whether the person has left, or a signal came. */
  hasLeft(): boolean {
    return this.#isLeft;
  }

  /** Height, lines. */
  get rows(): number {
    return this.output.rows > 0 ? this.output.rows : 24;
  }

  /** Calls a function when the size of the terminal has changed. */
  onResize(draw: () => void): void {
    this.#resize = draw;
    this.output.on('resize', draw);
  }

  /** Draws the lines over what is there: a line that stays the same does not flicker. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.rows).map((line) => line + REST_OF_LINE);
    this.output.write(HOME + shown.join('\r\n') + REST_OF_SCREEN);
  }

  /** Waits so many milliseconds, or until the person leaves. */
  async leftWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await this.answerOrLeft(pause);
    clearTimeout(timer);
  }

  /** Waits for an answer, or until the person leaves; then there is none. */
  async answerOrLeft<T>(answer: Promise<T>): Promise<T | undefined> {
    let end: () => void = () => undefined;
    const left = new Promise<undefined>((resolve) => {
      end = () => resolve(undefined);
      if (this.#isLeft) end();
    });
    this.#endWaits.add(end);
    try {
      return await Promise.race([answer, left]);
    } finally {
      this.#endWaits.delete(end);
    }
  }

  [Symbol.dispose](): void {
    if (this.#resize !== undefined) this.output.off('resize', this.#resize);
    for (const signal of signals) process.off(signal, this.#leave);
    if (this.input.isTTY) {
      this.input.off('data', this.#onKey);
      this.input.setRawMode(false);
      this.input.pause();
    }
    process.off('exit', this.#restore);
    this.#restore();
  }
}
