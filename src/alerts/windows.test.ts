import { expect, it } from 'vitest';
import { windowEnds, windowStarts } from './windows.js';

const at = (text: string) => Date.parse(text);
const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 16));

it('days begin at midnight of the time zone, also when the clocks change', () => {
  const rule = { span: 'day', timezone: 'Europe/Berlin' };
  // The 29th of March 2026 has 23 hours there, the 25th of October 25.
  expect(iso(windowStarts(rule, at('2026-03-30T10:00:00Z'), 2))).toEqual([
    '2026-03-27T23:00',
    '2026-03-28T23:00',
    '2026-03-29T22:00',
  ]);
  expect(iso([windowEnds(rule, at('2026-03-29T10:00:00Z'))])).toEqual(['2026-03-29T22:00']);
  expect(iso([windowEnds(rule, at('2026-10-25T00:30:00Z'))])).toEqual(['2026-10-25T23:00']);
});

it('weeks begin on Monday, months on the first, also across the end of a year', () => {
  const now = at('2027-01-01T12:00:00Z');
  expect(iso(windowStarts({ span: 'week', timezone: 'UTC' }, now, 1))).toEqual([
    '2026-12-21T00:00',
    '2026-12-28T00:00',
  ]);
  expect(iso(windowStarts({ span: 'month', timezone: 'UTC' }, now, 1))).toEqual([
    '2026-12-01T00:00',
    '2027-01-01T00:00',
  ]);
  expect(iso([windowEnds({ span: 'week', timezone: 'UTC' }, now)])).toEqual(['2027-01-04T00:00']);
  expect(iso([windowEnds({ span: 'month', timezone: 'UTC' }, now)])).toEqual(['2027-02-01T00:00']);
});

it('a rolling window is empty after its length', () => {
  const now = at('2026-03-30T10:00:00Z');
  expect(iso(windowStarts({ span: '6h', timezone: 'UTC' }, now, 1))).toEqual([
    '2026-03-29T22:00',
    '2026-03-30T04:00',
  ]);
  expect(iso([windowEnds({ span: '6h', timezone: 'UTC' }, now)])).toEqual(['2026-03-30T16:00']);
  expect(iso([windowEnds({ span: 'session', timezone: 'UTC' }, now)])).toEqual(['2026-03-31T10:00']);
});
