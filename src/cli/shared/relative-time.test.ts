import { expect, it } from 'vitest';
import { relativeMoment } from './relative-time.js';

/** A Friday. */
const now = Date.parse('2026-11-20T18:30:00Z');
const at = (text: string, timezone = 'UTC', moment = now) => {
  const found = relativeMoment(text, moment, timezone);
  return found === undefined ? undefined : new Date(found).toISOString();
};

it.each([
  ['10m', '2026-11-20T18:20:00.000Z'],
  ['10 min', '2026-11-20T18:20:00.000Z'],
  ['2h', '2026-11-20T16:30:00.000Z'],
  ['2 hours ago', '2026-11-20T16:30:00.000Z'],
  ['3d', '2026-11-17T18:30:00.000Z'],
  ['3 days', '2026-11-17T18:30:00.000Z'],
  ['1w', '2026-11-13T18:30:00.000Z'],
  ['1mo', '2026-10-20T18:30:00.000Z'],
  ['12 months', '2025-11-20T18:30:00.000Z'],
  ['1y', '2025-11-20T18:30:00.000Z'],
  ['today', '2026-11-20T00:00:00.000Z'],
  ['Yesterday', '2026-11-19T00:00:00.000Z'],
  ['week', '2026-11-16T00:00:00.000Z'],
  ['this week', '2026-11-16T00:00:00.000Z'],
  ['last week', '2026-11-09T00:00:00.000Z'],
  ['last-week', '2026-11-09T00:00:00.000Z'],
  ['month', '2026-11-01T00:00:00.000Z'],
  ['last month', '2026-10-01T00:00:00.000Z'],
  ['year', '2026-01-01T00:00:00.000Z'],
  ['last year', '2025-01-01T00:00:00.000Z'],
])('%s is %s', (text, moment) => expect(at(text)).toBe(moment));

it('a month before a day that the month before does not have is its last day', () => {
  expect(at('1mo', 'UTC', Date.parse('2026-03-31T09:00:00Z'))).toBe('2026-02-28T09:00:00.000Z');
});

it('days, weeks and months begin at midnight of the zone, before and after a clock change', () => {
  // In Berlin the clocks went back on 25 October.
  expect(at('month', 'Europe/Berlin')).toBe('2026-10-31T23:00:00.000Z');
  expect(at('last month', 'Europe/Berlin')).toBe('2026-09-30T22:00:00.000Z');
  // Half past midnight on Monday in Berlin is still Sunday in UTC.
  const monday = Date.parse('2026-11-15T23:30:00Z');
  expect(at('week', 'Europe/Berlin', monday)).toBe('2026-11-15T23:00:00.000Z');
  expect(at('week', 'UTC', monday)).toBe('2026-11-09T00:00:00.000Z');
});

it('yesterday is a whole day also if it had 25 hours', () => {
  const after = Date.parse('2026-10-26T12:00:00Z');
  expect(at('yesterday', 'Europe/Berlin', after)).toBe('2026-10-24T22:00:00.000Z');
  expect(at('today', 'Europe/Berlin', after)).toBe('2026-10-25T23:00:00.000Z');
});

it.each(['', '7', 'soon', '1x', 'next week', '-1d', 'constructor', '2026-11-20'])(
  '"%s" is no relative time',
  (text) => expect(at(text)).toBeUndefined(),
);
