import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { Screen } from './screen.js';

/** A terminal of 80 × 5, and what was written to it. */
function terminal() {
  const written: string[] = [];
  const input = Object.assign(new EventEmitter(), {
    isTTY: true as const,
    isRaw: false,
    setRawMode: vi.fn(),
    pause: vi.fn(),
    resume: vi.fn(),
  });
  const output = Object.assign(new EventEmitter(), {
    rows: 5,
    write: (text: string) => written.push(text) > 0,
  });
  type Ends = ConstructorParameters<typeof Screen>;
  const open = () => new Screen(input as unknown as Ends[0], output as unknown as Ends[1]);
  return { written, input, output, open };
}

it('the screen is taken at the start, and the terminal is as it was at the end', () => {
  const { written, input, output, open } = terminal();
  const listeners = () => [process.listenerCount('SIGINT'), process.listenerCount('exit')];
  const before = listeners();
  {
    using screen = open();
    screen.onResize(() => undefined);
    expect(written).toEqual(['\u001b[?1049h\u001b[?25l\u001b[?7l']);
    expect(input.setRawMode.mock.calls).toEqual([[true]]);
  }
  expect(written.at(-1)).toBe('\u001b[?7h\u001b[?25h\u001b[?1049l');
  expect(input.setRawMode.mock.calls).toEqual([[true], [false]]);
  expect(input.listenerCount('data') + output.listenerCount('resize')).toBe(0);
  expect(listeners()).toEqual(before);
});

it('lines are drawn over the old ones, and only as many as the terminal has', () => {
  const { written, open } = terminal();
  using screen = open();
  screen.draw(['one', 'two']);
  expect(written.at(-1)).toBe('\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J');
  screen.draw(['1', '2', '3', '4', '5', '6']);
  expect(written.at(-1)).not.toContain('6');
});

it.each(['q', 'Q', '\u0003', '\u0004'])('the key %j leaves the screen at once', async (key) => {
  const { input, open } = terminal();
  using screen = open();
  input.emit('data', Buffer.from('x'));
  expect(screen.hasLeft()).toBe(false);
  const left = screen.leftWithin(3_600_000);
  input.emit('data', Buffer.from(key));
  await left;
  expect(screen.hasLeft()).toBe(true);
  await screen.leftWithin(3_600_000);
});

it('a key ends the wait for an answer that does not come, and an answer in time is given', async () => {
  const { input, open } = terminal();
  using screen = open();
  expect(await screen.answerOrLeft(Promise.resolve(3))).toBe(3);
  await expect(screen.answerOrLeft(Promise.reject(new Error('no')))).rejects.toThrow('no');
  const waiting = screen.answerOrLeft(new Promise<number>(() => undefined));
  input.emit('data', Buffer.from('q'));
  expect(await waiting).toBeUndefined();
  expect(await screen.answerOrLeft(new Promise<number>(() => undefined))).toBeUndefined();
});

it('a second signal does not end the program before the terminal is as it was', () => {
  const { open } = terminal();
  const before = process.listenerCount('SIGTERM');
  {
    using screen = open();
    for (let n = 0; n < 2; n += 1) process.emit('SIGTERM', 'SIGTERM');
    expect(screen.hasLeft()).toBe(true);
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  }
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
