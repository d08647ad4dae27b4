import { describe, expect, it } from 'vitest';
import { emptiness, periodOf, readAskedTime, readMoment, withinYears } from './asked-time.js';

const now = Date.parse('2026-11-20T12:00:00Z');
const utc = (text: string) => Date.parse(text);

describe('readAskedTime', () => {
  it('the requested window defaults to the last seven days', () => {
    expect(readAskedTime({}, now)).toEqual({ from: utc('2026-11-13T12:00:00Z'), to: null });
    expect(readAskedTime({ days: 0.5 }, now)).toEqual({ from: utc('2026-11-20T00:00:00Z'), to: null });
    expect(readAskedTime({ days: 2, to: '2026-11-10' }, now)).toEqual({
      from: utc('2026-11-08T00:00:00Z'),
      to: utc('2026-11-10T00:00:00Z'),
    });
  });

  it.each([
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01 09:30:00', '2026-11-01T09:30:00Z'],
    ['2026-11-01 09:30:00.250', '2026-11-01T09:30:00.250Z'],
    ['2026-11-01T09:30', '2026-11-01T09:30:00Z'],
    ['2026-11-01T09:30:00Z', '2026-11-01T09:30:00Z'],
    ['2026-11-01T09:30:00+02:00', '2026-11-01T07:30:00Z'],
    ['2026-11-01 09:30:00-0500', '2026-11-01T14:30:00Z'],
    [' 2026-11-01 ', '2026-11-01T00:00:00Z'],
  ])('%s is taken as UTC if it names no zone', (from, moment) => {
    expect(readAskedTime({ from, days: 3 }, now)).toEqual({ from: utc(moment), to: null });
    expect(readAskedTime({ from: new Date(utc(moment)) }, now).from).toBe(utc(moment));
  });

  it('the error says which value is not a time', () => {
    expect(() => readAskedTime({ from: 'yesterday' }, now)).toThrow(/^from takes .*, not "yesterday"$/);
    expect(() => readAskedTime({ to: new Date(NaN) }, now)).toThrow(/^to takes .*, not "Invalid Date"$/);
    expect(() => readAskedTime({ from: '2026-02-30' }, now)).toThrow(
      new TypeError(
        'from takes a Date or a time such as 2026-11-20 09:30:00, not "2026-02-30": the last day of that month is 2026-02-28',
      ),
    );
    // Without a zone, JavaScript would read it in this machine's zone.
    expect(() => readAskedTime({ to: '20 Nov 2026' }, now)).toThrow(/^to takes .*, not "20 Nov 2026"$/);
  });

  it.each([NaN, 0, -1, 36_501, Infinity])('a length of %s days is refused', (days) => {
    expect(() => readAskedTime({ days }, now)).toThrow(
      new TypeError(`days takes a number above 0, at most 36500, not ${days}`),
    );
  });

  it('the longest length is accepted, and starts before any moment that can be given', () => {
    expect(readAskedTime({ days: 36_500 }, now)).toEqual({ from: now - 36_500 * 86_400_000, to: null });
  });

  it('an empty period is refused', () => {
    for (const to of ['2026-11-01', '2026-10-31T23:59'])
      expect(() => readAskedTime({ from: '2026-11-01', to }, now)).toThrow(
        /^to \(2026-1.*Z\) is not after from \(2026-11-01T00:00:00\.000Z\)$/,
      );
    expect(() => readAskedTime({ from: '2026-11-21' }, now)).toThrow(
      new TypeError('from (2026-11-21T00:00:00.000Z) lies in the future'),
    );
  });
});

describe('a requested moment', () => {
  const refusal = (text: string) => ({ refusal: `not "${text}": the years are 1971 to 2099` });

  it('a moment must be in the years 1971 to 2099, in whatever form it is written', () => {
    for (const text of ['1971-01-01', '2099-12-31T23:59:59.999Z'])
      expect(readMoment(text)).toEqual({ ms: Date.parse(text) });
    for (const text of ['1970-12-31', '2100-01-01', '0001-01-01', '2299-12-31', '1971-01-01T00:00+01:00'])
      expect(readMoment(text)).toEqual(refusal(text));
    expect(() => readAskedTime({ from: new Date('1970-12-31') }, now)).toThrow(
      /^from takes .*, not "1970-12-31T00:00:00\.000Z": the years are 1971 to 2099$/,
    );
    for (const ms of [NaN, -1e17, 1e17]) expect(withinYears(ms, 'x')).toEqual(refusal('x'));
  });

  it('a moment that is not ISO 8601 is refused', () => {
    expect(readMoment('soon')).toEqual({ refusal: 'not "soon"' });
  });

  it('a moment is read in the given time zone', () => {
    expect(readMoment('2026-11-20', (asUtc) => asUtc - 3_600_000)).toEqual({
      ms: utc('2026-11-19T23:00:00Z'),
    });
  });
});

describe('a period', () => {
  it('a period without a start ends at its end, or now, and has the given length', () => {
    expect(periodOf({}, now)).toEqual({ from: utc('2026-11-13T12:00:00Z'), to: null });
    expect(periodOf({ days: 1, to: now - 1 }, now)).toEqual({ from: now - 1 - 86_400_000, to: now - 1 });
    expect(periodOf({ days: 1, from: 5 }, now)).toEqual({ from: 5, to: null });
  });

  it('a period is not empty if its end, or now, is after its start', () => {
    expect(emptiness({ from: now - 1, to: null }, now)).toBeUndefined();
    expect(emptiness({ from: now, to: null }, now)).toMatch(/future$/);
    expect(emptiness({ from: now + 5, to: now + 6 }, now)).toBeUndefined();
    expect(emptiness({ from: now, to: now }, now)).toMatch(/is not after from/);
  });
});
