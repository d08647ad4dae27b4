import { describe, expect, it } from 'vitest';
import { readCount, readWindow, UsageError, type WindowOptions } from './options.js';

const now = Date.parse('2026-11-20T18:30:00Z');
const read = (options: WindowOptions) => {
  const { from, to, title, params } = readWindow(options, now);
  return { from: from.toISOString(), to: to?.toISOString() ?? null, title, params };
};

describe('a window', () => {
  it('of days rolls in the store', () => {
    expect(read({})).toMatchObject({ title: 'last 7 days', to: null, params: { days: 7 } });
    expect(read({ since: '1d' })).toMatchObject({ title: 'last day', params: { days: 1 } });
  });

  it.each([
    ['24h', '2026-11-19T18:30:00.000Z', 'last 24 hours'],
    ['2w', '2026-11-06T18:30:00.000Z', 'last 2 weeks'],
    ['today', '2026-11-20T00:00:00.000Z', 'since 2026-11-20'],
    ['yesterday', '2026-11-19T00:00:00.000Z', 'since 2026-11-19'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z', 'since 2026-11-01'],
    ['2026-11-01T09:30', '2026-11-01T09:30:00.000Z', 'since 2026-11-01 09:30'],
    ['2026-11-01T09:30:00+02:00', '2026-11-01T07:30:00.000Z', 'since 2026-11-01 07:30'],
  ])('since %s begins at %s', (since, from, title) => {
    expect(read({ since })).toMatchObject({ from, to: null, title });
  });

  it('is read and named in its time zone, on both sides of a change of the clocks', () => {
    const timezone = 'Europe/Berlin';
    expect(read({ since: '2026-10-25', until: '2026-10-26', timezone })).toMatchObject({
      from: '2026-10-24T22:00:00.000Z',
      to: '2026-10-25T23:00:00.000Z',
      title: '2026-10-25 to 2026-10-26',
    });
    expect(read({ since: 'today', timezone: 'Asia/Tokyo' })).toMatchObject({
      from: '2026-11-20T15:00:00.000Z',
      title: 'since 2026-11-21',
    });
  });

  it.each([
    [{ since: '7 days' }],
    [{ since: '2026-02-30' }],
    [{ since: '2026-13-01' }],
    [{ since: '2026-11-21' }],
    [{ since: '2026-11-02', until: '2026-11-02' }],
    [{ timezone: 'Mars/Olympus' }],
  ])('is refused: %j', (options) => {
    expect(() => readWindow(options, now)).toThrow(UsageError);
  });
});

it('a count is a whole number within its bounds', () => {
  expect(readCount('--limit', '20', 1_000)).toBe(20);
  for (const text of ['0', '1001', '-1', '1.5', 'x', ''])
    expect(() => readCount('--limit', text, 1_000)).toThrow(UsageError);
});
