import { describe, expect, it, vi } from 'vitest';
import { AnswerCache, maxAgeOf } from './answer-cache.js';

const answer = (text: string) => ({
  bytes: Buffer.from(text),
  contentType: 'application/json',
  read: { rows: 1, bytes: 1 },
  rows: 1,
  isAboutService: false,
});

function cacheOver(store: { writes: number }) {
  let made = 0;
  const cache = new AnswerCache(() => store.writes);
  const ask = async (maxAge: number | null, key = 'k') => {
    const { answer: got } = await cache.answer(key, maxAge, () => {
      made += 1;
      return Promise.resolve(answer(String(made)));
    });
    return Buffer.from(got.bytes).toString();
  };
  return ask;
}

describe('AnswerCache', () => {
  it('a request without a maximum age gets a new answer', async () => {
    const ask = cacheOver({ writes: 0 });
    expect([await ask(null), await ask(null), await ask(0), await ask(0)]).toEqual(['1', '2', '3', '4']);
  });

  it('an answer that is young enough is repeated', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const ask = cacheOver({ writes: 0 });
    expect(await ask(0)).toBe('1');
    vi.advanceTimersByTime(59_000);
    expect(await ask(60)).toBe('1');
    vi.advanceTimersByTime(2_000);
    expect(await ask(60)).toBe('2');
    vi.useRealTimers();
  });

  it('an answer from before a write is never repeated', async () => {
    const store = { writes: 0 };
    const ask = cacheOver(store);
    await ask(60);
    store.writes += 1;
    expect(await ask(60)).toBe('2');
  });

  it('questions are not mixed up, and the oldest of many is forgotten', async () => {
    const ask = cacheOver({ writes: 0 });
    for (let n = 0; n < 65; n += 1) await ask(60, `k${n}`);
    expect(await ask(60, 'k64')).toBe('65');
    expect(await ask(60, 'k0')).toBe('66');
  });
});

describe('maxAgeOf', () => {
  it.each([
    ['max-age=60', 60],
    ['no-transform, Max-Age=5', 5],
    ['max-age=0', 0],
    ['max-age=-1', null],
    ['s-max-age=5', null],
    ['no-cache', null],
    [undefined, null],
  ])('the header %j means %j', (header, seconds) => {
    expect(maxAgeOf(header)).toBe(seconds);
  });
});
