import { describe, expect, it } from 'vitest';
import { readSpan } from './span.js';

const NOW = Date.UTC(2026, 10, 30, 12);
const span = (search: string) => readSpan(new URLSearchParams(search));

describe('the time that an address names', () => {
  it.each([
    ['', 'Last 7 days', 'daily', '2026-11-23T12:00:00.000Z'],
    ['since=24h', 'Last 24 hours', 'hourly', '2026-11-29T12:00:00.000Z'],
    ['since=90d', 'Last 90 days', 'daily', '2026-09-01T12:00:00.000Z'],
    ['since=1y', 'Last 365 days', 'weekly', '2025-11-30T12:00:00.000Z'],
    ['since=all', 'All time', 'monthly', '2010-01-01T00:00:00.000Z'],
  ])('"%s" is %s', (search, title, period, from) => {
    const found = span(search);
    expect(found).toMatchObject({ title, period, problem: null });
    expect(found.bounds(NOW)).toEqual({ from });
  });

  it('two dates are whole days of the time zone, both included', () => {
    const found = span('from=2026-10-01&to=2026-10-31&since=24h');
    expect(found).toMatchObject({ name: null, title: '2026-10-01 to 2026-10-31', period: 'daily' });
    expect(found.bounds(NOW)).toEqual({
      from: new Date(2026, 9, 1).toISOString(),
      to: new Date(2026, 10, 1).toISOString(),
    });
    expect(span('from=2026-10-05&to=2026-10-05')).toMatchObject({ title: '2026-10-05', period: 'hourly' });
  });

  it.each([
    ['since=week', 'There is no time “week”'],
    ['since=__proto__', 'There is no time “__proto__”'],
    ['from=2026-10-02&to=2026-10-01', 'no two dates in order'],
    ['from=2026-02-30&to=2026-03-01', 'no two dates in order'],
    ['from=2026-10-02', 'no two dates in order'],
    ['to=yesterday', 'no two dates in order'],
  ])('"%s" is not understood, which is said, and the last 7 days are shown', (search, problem) => {
    const found = span(search);
    expect(found.problem).toContain(problem);
    expect(found.title).toBe('Last 7 days');
  });
});
