import { describe, expect, it } from 'vitest';
import { isKnown, isSettled, tablesRead, tagOf } from './settled.js';

const pipe = (...sql: string[]) => ({ options: { nodes: sql.map((text) => ({ sql: text })) } });

describe('the tables that a route reads', () => {
  const tables = ['requests', 'api_requests', 'telemetry_events', 'otel_traces'];

  it('are those that the SQL of any of its pipes names, in any clause', () => {
    const pipes = [
      pipe('SELECT * FROM requests FINAL', 'SELECT 1 WHERE x IN (SELECT y FROM telemetry_events)'),
      pipe('SELECT 2'),
    ];
    expect(tablesRead({ pipes }, tables)).toEqual(['requests', 'telemetry_events']);
  });

  it('are not those whose name is only a part of a longer one', () => {
    expect(tablesRead({ pipes: [pipe('SELECT * FROM api_requests')] }, tables)).toEqual(['api_requests']);
  });
});

describe('a settled answer', () => {
  const now = Date.UTC(2026, 10, 29);
  const before = (ms: number) => new Date(now - ms);

  it('is one whose window has ended', () => {
    expect(isSettled({}, before(0), now)).toBe(true);
    expect(isSettled({}, before(-1), now)).toBe(false);
    expect(isSettled({}, undefined, now)).toBe(false);
  });

  it('of a route that looks at the present time is one whose window ended long enough ago', () => {
    expect(isSettled({ settlesAfterMs: 1_000 }, before(999), now)).toBe(false);
    expect(isSettled({ settlesAfterMs: 1_000 }, before(1_000), now)).toBe(true);
  });
});

describe('the tag of an answer', () => {
  const tag = (writes: Record<string, number>) =>
    tagOf('run', ['requests', 'telemetry_events'], new Map(Object.entries(writes)));

  it('changes with a write to a table that was read, and with no other', () => {
    const first = tag({ requests: 2, telemetry_events: 4, otel_logs: 6 });
    expect(tag({ requests: 2, telemetry_events: 4, otel_logs: 8 })).toBe(first);
    expect(tag({ requests: 2, telemetry_events: 6, otel_logs: 6 })).not.toBe(first);
  });

  it('is known to a request that names it, alone, in a list, or as a weak one', () => {
    expect(['"a"', '"b", "a"', 'W/"a"'].map((given) => isKnown('"a"', given))).toEqual([true, true, true]);
    expect([undefined, '', '"b"', 'a'].map((given) => isKnown('"a"', given))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
