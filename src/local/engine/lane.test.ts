import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, messageOf } from '../errors.js';
import { Lane, shapeFor, type LaneShape } from './lane.js';
import { Patience } from './patience.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const shape: LaneShape = {
  quick: 2,
  slow: 2,
  quickMs: 2_000,
  quickGraceMs: 1_000,
  quickQueue: { most: 10, waitMs: 30_000 },
  slowQueue: { most: 4, waitMs: 30_000 },
  mostLeft: 1,
};
const limits = { runMs: 20_000, graceMs: 1_000, patienceMs: 30_000 };
const noSettings = new Map<string, string>();

class TimeoutError extends Error {
  readonly clickhouseCode = 159;
}

/**
 * An engine that obeys its time limit, except for queries called "stubborn". A query says how long it takes,
 * milliseconds.
 */
function newLane(some: Partial<LaneShape> = {}) {
  const counts = { open: 0, running: 0, mostRunning: 0 };
  const open = (runMs: number) => () => {
    counts.open += 1;
    let last: Promise<unknown> = Promise.resolve();
    return Promise.resolve({
      query: (sql: string) => {
        const [name, ms] = sql.split(' ');
        counts.running += 1;
        counts.mostRunning = Math.max(counts.mostRunning, counts.running);
        const isCut = Number(ms) > runMs;
        const takes = isCut && name !== 'stubborn' ? runMs : Number(ms);
        const query = new Promise<{
          bytes: Uint8Array;
          rowsRead: number;
          bytesRead: number;
          elapsed: number;
        }>((done, failed) => {
          setTimeout(() => {
            counts.running -= 1;
            if (isCut) failed(new TimeoutError('cut'));
            else done({ bytes: new Uint8Array(), rowsRead: 0, bytesRead: 0, elapsed: 0 });
          }, takes);
        });
        last = query.catch(() => undefined);
        return query;
      },
      close: async () => {
        await last;
        counts.open -= 1;
      },
    });
  };
  const tooLate = () => new ApiError(408, 'too late');
  let hopeless = 0;
  const patience = new Patience(limits, tooLate, () => (hopeless += 1));
  const lane = new Lane({ ...shape, ...some }, limits, open, patience);
  const answers = new Map<string, string>();
  const start = Date.now();
  const ask = (sql: string, settings: ReadonlyMap<string, string> = noSettings, signal?: AbortSignal) => {
    const note = (how: string) => answers.set(sql, `${how} at ${(Date.now() - start) / 1000}`);
    lane.read(sql, 'JSON', settings, signal).then(
      () => note('answered'),
      (error: unknown) => note(error instanceof ApiError ? String(error.status) : messageOf(error)),
    );
  };
  return { lane, ask, answers, counts, isHopeless: () => hopeless > 0 };
}

describe('a lane', () => {
  it('a query whose client goes away while it waits leaves the queue to others', async () => {
    const { ask, answers } = newLane({ slowQueue: { most: 1, waitMs: 30_000 } });
    const client = new AbortController();
    ask('long 15000');
    ask('long 15001');
    // After its two seconds it waits for a slow slot, and the queue is full.
    ask('long 15002', noSettings, client.signal);
    await vi.advanceTimersByTimeAsync(3_000);
    client.abort();
    ask('long 15003');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers.get('long 15002')).toBe('408 at 3');
    expect(answers.get('long 15003')).toBe('answered at 30.003');
  });

  it('a cheap query is answered although ten expensive ones came before it', async () => {
    const { ask, answers, counts } = newLane();
    for (let one = 0; one < 10; one += 1) ask(`heavy 1000000 ${one}`);
    ask('cheap 10');
    // Two run from the start; eight get two seconds each, two at a time.
    await vi.advanceTimersByTimeAsync(8_010);
    expect(answers.get('cheap 10')).toBe('answered at 8.01');
    await vi.advanceTimersByTimeAsync(100_000);
    const all = [...answers.values()];
    // Four may wait for a long run; of those, two get it at 20 s and two at 40.
    expect(all.filter((one) => one === 'cut at 20')).toHaveLength(2);
    expect(all.filter((one) => one === 'cut at 40')).toHaveLength(2);
    expect(all.filter((one) => one.startsWith('429'))).toHaveLength(6);
    expect(counts.mostRunning).toBe(4);
  });

  it('a query gets its whole time at once if no other is waiting', async () => {
    const { ask, answers } = newLane();
    ask('long 15000');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(answers.get('long 15000')).toBe('answered at 15');
  });

  it('one of many queries gets its whole time later', async () => {
    const { ask, answers } = newLane();
    for (const one of [1, 2, 3]) ask(`long 1500${one}`);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([...answers.values()]).toEqual(['answered at 15.001', 'answered at 15.002', 'answered at 30.004']);
  });

  it('a query is refused at once if the queue is full, and later if it has waited too long', async () => {
    const { ask, answers } = newLane({
      slow: 0,
      quick: 1,
      quickMs: limits.runMs - 1,
      slowQueue: { most: 0, waitMs: 1 },
    });
    for (let one = 0; one < 13; one += 1) ask(`query 19000 ${one}`);
    await vi.advanceTimersByTimeAsync(1);
    expect([...answers.values()]).toEqual(['429 at 0', '429 at 0']);
    await vi.advanceTimersByTimeAsync(200_000);
    const all = [...answers.values()];
    expect(all.filter((one) => one === '429 at 30')).toHaveLength(9);
    expect(all.filter((one) => one.startsWith('answered'))).toEqual(['answered at 19', 'answered at 38']);
  });

  it('sessions are opened per set of settings, at most one per place', async () => {
    const { ask, answers, counts } = newLane();
    for (let one = 0; one < 8; one += 1) ask(`cheap 10 ${one}`, new Map([['max_threads', String(one % 3)]]));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...answers.values()].every((one) => one.startsWith('answered'))).toBe(true);
    expect(counts.open).toBe(4);
  });

  it('the place of a query that cannot be stopped is given to others, once', async () => {
    const { ask, answers, counts, isHopeless } = newLane();
    for (let one = 0; one < 4; one += 1) ask(`stubborn 40000 ${one}`);
    ask('cheap 10');
    // One quick place is free again at 3 s; the other three are held.
    await vi.advanceTimersByTimeAsync(3_010);
    expect(answers.get('cheap 10')).toBe('answered at 3.01');
    await vi.advanceTimersByTimeAsync(17_990);
    expect([...answers.values()].filter((one) => one.startsWith('408'))).toHaveLength(4);
    expect(counts.mostRunning).toBeLessThanOrEqual(5);
    await vi.advanceTimersByTimeAsync(100_000);
    expect([counts.running, counts.open <= 4, isHopeless()]).toEqual([0, true, false]);
  });

  it('a cheap query is answered although ten that cannot be stopped came before it', async () => {
    const { ask, answers, isHopeless } = newLane(shapeFor(64));
    for (let one = 0; one < 10; one += 1) ask(`stubborn 40000 ${one}`);
    ask('cheap 10');
    // Two run in slow places; eight give up a quick place after 2.5 s each, two at a time.
    await vi.advanceTimersByTimeAsync(10_010);
    expect(answers.get('cheap 10')).toBe('answered at 10.01');
    await vi.advanceTimersByTimeAsync(100_000);
    expect([...answers.values()].filter((one) => one.startsWith('408'))).toHaveLength(10);
    expect(isHopeless()).toBe(false);
  });

  it('a place that could not be given up in time is given up as soon as few enough others run on', async () => {
    const { ask, answers } = newLane({ slow: 0, quickMs: 19_000, mostLeft: 1 });
    ask('stubborn 25000');
    ask('stubborn 60000');
    // The first leaves at 20 s, and the next two get its place. The second holds its own until the first has ended.
    for (const one of ['stubborn 60001', 'cheap 101']) ask(one);
    await vi.advanceTimersByTimeAsync(24_999);
    expect(answers.get('cheap 101')).toBeUndefined();
    // It tries again every half second.
    await vi.advanceTimersByTimeAsync(600);
    expect(answers.get('cheap 101')).toBe('answered at 25.101');
  });

  it('closing refuses the waiting queries and waits for the running ones', async () => {
    const { lane, ask, answers, counts } = newLane();
    for (let one = 0; one < 6; one += 1) ask(`query 1000 ${one}`);
    await vi.advanceTimersByTimeAsync(1);
    let isClosed = false;
    void lane.close().then(() => (isClosed = true));
    await vi.advanceTimersByTimeAsync(1);
    expect([...answers.values()].filter((one) => one.startsWith('503'))).toHaveLength(2);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([isClosed, counts.open]).toEqual([true, 0]);
    ask('late 1');
    await vi.advanceTimersByTimeAsync(1);
    expect(answers.get('late 1')).toMatch(/^503/);
  });
});

describe('the shape of the lanes', () => {
  it.each([
    [16, 2],
    [24, 2],
    [64, 2],
    [128, 2],
  ])(
    'with %i threads, at most as many queries run at once as leave five threads for other work',
    (threads, lanes) => {
      const { quick, slow, mostLeft } = shapeFor(threads);
      expect(lanes * (quick + slow + mostLeft)).toBeLessThanOrEqual(threads - 5);
    },
  );

  it('with the 64 threads of atel up, each lane has 4 places and goes on until 25 queries cannot be stopped', () => {
    expect(shapeFor(64)).toMatchObject({ quick: 2, slow: 2, mostLeft: 25 });
  });

  it('with the 4 threads of Node, each lane still has two places', () => {
    expect(shapeFor(4)).toMatchObject({ quick: 1, slow: 1, mostLeft: 1 });
  });
});
