import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Merges } from './merges.js';

let statements: string[];
let merges: Merges;
beforeEach(() => {
  vi.useFakeTimers();
  statements = [];
  merges = new Merges((table, are) => Promise.resolve(statements.push(`${are ? 'START' : 'STOP'} ${table}`)));
});
afterEach(() => vi.useRealTimers());

it('merges wait while files come in, and go on when none has come for a while', async () => {
  for (const table of ['a', 'b', 'a']) {
    await merges.hold([table]);
    await vi.advanceTimersByTimeAsync(4_900);
  }
  expect(statements).toEqual(['STOP a', 'STOP b']);
  await vi.advanceTimersByTimeAsync(100);
  expect(statements).toEqual(['STOP a', 'STOP b', 'START a', 'START b']);
  await merges.hold(['a']);
  expect(statements.slice(4)).toEqual(['STOP a']);
});

it('merges wait in all tables that receive a file', async () => {
  await merges.hold(['a', 'b']);
  await merges.hold(['c', 'b']);
  await merges.release();
  expect(statements).toEqual(['STOP a', 'STOP b', 'STOP c', 'START a', 'START b', 'START c']);
});

it('merges go on in every table if they are released while tables are still being held', async () => {
  const engine: string[] = [];
  let before: Promise<unknown> = Promise.resolve();
  const slow = new Merges((table, are) => {
    const turn = before
      .then(() => vi.advanceTimersByTimeAsync(0))
      .then(() => engine.push(`${are ? 'START' : 'STOP'} ${table}`));
    before = turn;
    return turn;
  });
  await Promise.all([slow.hold(['a', 'b', 'c']), slow.release()]);
  expect(engine).toEqual(['STOP a', 'STOP b', 'STOP c', 'START a', 'START b', 'START c']);
});

it('merges go on while many files come in', async () => {
  for (let file = 0; file < 50; file += 1) {
    await merges.hold(['a']);
    await vi.advanceTimersByTimeAsync(500);
  }
  // They are held for the longest time, 15 seconds, and go on for five; then again, at least up to the 25th second.
  expect(statements).toEqual(['STOP a', 'START a', 'STOP a']);
});

it('merges go on at once before a table is changed', async () => {
  await merges.hold(['a']);
  await merges.release();
  await merges.release();
  expect(statements).toEqual(['STOP a', 'START a']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(statements).toEqual(['STOP a', 'START a']);
});

it('merges are left alone when the engine closes', async () => {
  await merges.hold(['a']);
  merges.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(statements).toEqual(['STOP a']);
});
