import { describe, expect, it } from 'vitest';
import { readAskedTime } from './asked-time.js';

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
    expect(() => readAskedTime({ days: NaN }, now)).toThrow(/^days takes a number/);
  });
});
