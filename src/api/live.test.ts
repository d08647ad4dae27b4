import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveFeed } from './live.js';

describe('LiveFeed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const nothing = () => undefined;

  it('every listener is notified of a write within five seconds, and once for several writes', () => {
    let writes = 7;
    const feed = new LiveFeed(() => new Map([['requests', writes]]));
    const [first, second] = [vi.fn(), vi.fn()];
    feed.listen(first, nothing);
    vi.advanceTimersByTime(60_000);
    feed.listen(second, nothing);
    expect(first).not.toHaveBeenCalled();
    writes += 4;
    vi.advanceTimersByTime(5_000);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).toHaveBeenCalledTimes(1);
    writes += 1;
    vi.advanceTimersByTime(5_000);
    expect(second).toHaveBeenCalledTimes(2);
  });

  it('a listener is told the tables that were written to, and no others', () => {
    const writes = new Map([
      ['requests', 2],
      ['telemetry_events', 5],
    ]);
    const feed = new LiveFeed(() => new Map(writes));
    const onStored = vi.fn();
    feed.listen(onStored, nothing);
    writes.set('telemetry_events', 7);
    vi.advanceTimersByTime(5_000);
    expect(onStored.mock.calls).toEqual([[{ id: feed.newest, tables: ['telemetry_events'] }]]);
  });

  it('the feed polls only while there are listeners, and leaves no timer', () => {
    const writes = vi.fn(() => new Map<string, number>());
    const feed = new LiveFeed(writes);
    expect(vi.getTimerCount()).toBe(0);
    const leave = [feed.listen(nothing, nothing), feed.listen(nothing, nothing)];
    expect(vi.getTimerCount()).toBe(1);
    leave[0]!();
    expect(vi.getTimerCount()).toBe(1);
    leave[1]!();
    leave[1]!();
    expect(vi.getTimerCount()).toBe(0);
    const asked = writes.mock.calls.length;
    vi.advanceTimersByTime(60_000);
    expect(writes).toHaveBeenCalledTimes(asked);
  });

  it('a listener is not notified of writes from before it listened', () => {
    let writes = 0;
    const feed = new LiveFeed(() => new Map([['requests', writes]]));
    feed.listen(nothing, nothing)();
    writes = 5;
    const onStored = vi.fn();
    feed.listen(onStored, nothing);
    vi.advanceTimersByTime(5_000);
    expect(onStored).not.toHaveBeenCalled();
  });

  it('a client that was away is told what was stored meanwhile, also while nobody listened', () => {
    const writes = new Map([
      ['requests', 2],
      ['telemetry_events', 5],
    ]);
    const feed = new LiveFeed(() => new Map(writes));
    const leave = feed.listen(nothing, nothing);
    const last = feed.newest;
    writes.set('requests', 3);
    vi.advanceTimersByTime(1_000);
    leave();
    writes.set('telemetry_events', 6);
    feed.listen(nothing, nothing);
    expect(feed.since(last)).toEqual(['requests', 'telemetry_events']);
    expect(feed.since(feed.newest)).toEqual([]);
  });

  it.each([undefined, '', '7', 'another-run-0'])('what was missed since the id %j is unknown', (id) => {
    expect(new LiveFeed(() => new Map()).since(id)).toBeNull();
  });

  it('the newest thousand announcements are remembered, and older ones are unknown', () => {
    let count = 0;
    const feed = new LiveFeed(() => new Map([['requests', count]]));
    feed.listen(nothing, nothing);
    const first = feed.newest;
    const next = () => {
      count += 1;
      vi.advanceTimersByTime(1_000);
      return feed.newest;
    };
    const second = next();
    for (let more = 0; more < 1_000; more += 1) next();
    expect(feed.since(first)).toBeNull();
    expect(feed.since(second)).toEqual(['requests']);
  });

  it('closing the feed ends every listener', () => {
    const feed = new LiveFeed(() => new Map());
    const onClose = vi.fn();
    feed.listen(nothing, onClose);
    feed.listen(nothing, onClose);
    feed.close();
    expect(onClose).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
