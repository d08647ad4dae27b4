import { describe, expect, it } from 'vitest';
import { readIsoTime } from './iso-time.js';

describe('readIsoTime', () => {
  it.each([
    ['1970-01-01', 0],
    ['1970-01-02', 86_400_000],
    ['1969-12-31', -86_400_000],
    // 1970 to 2023 are 54 years with 13 leap days, and 59 days of 2024 came before.
    ['2024-02-29', (54 * 365 + 13 + 59) * 86_400_000],
    ['1970-01-01T09:30', 34_200_000],
    ['1970-01-01 09:30', 34_200_000],
    ['1970-01-01 09:30:07', 34_207_000],
    ['1970-01-01T09:30:07Z', 34_207_000],
    ['1970-01-01t09:30:07z', 34_207_000],
    ['1970-01-01 09:30:07.5', 34_207_500],
    ['1970-01-01 09:30:07.042', 34_207_042],
    // Digits below a millisecond are dropped.
    ['1970-01-01T09:30:07.042999+00:00', 34_207_042],
    ['1970-01-01T23:59:59.999', 86_399_999],
    ['1970-01-01T02:00+02:00', 0],
    ['1970-01-01T02:00:00+0200', 0],
    ['1970-01-01 00:00-03:30', 12_600_000],
    ['1970-01-01T14:00+14:00', 0],
  ])('readIsoTime reads %s as %i', (text, ms) => {
    expect(readIsoTime(text)).toEqual({ ms });
  });

  it.each(['2000-02-29', '2026-04-30', '2026-12-31', '0000-02-29', '9999-12-31'])(
    'readIsoTime takes %s, the last day of its month',
    (text) => {
      expect(readIsoTime(text)).toEqual({ ms: Date.parse(text) });
    },
  );

  it.each([
    ['2026-02-30', 'the last day of that month is 2026-02-28'],
    ['2026-02-30T09:30:00Z', 'the last day of that month is 2026-02-28'],
    ['2024-02-30', 'the last day of that month is 2024-02-29'],
    ['1900-02-29', 'the last day of that month is 1900-02-28'],
    ['2026-04-31', 'the last day of that month is 2026-04-30'],
    ['2026-12-32', 'the last day of that month is 2026-12-31'],
    ['2026-01-99', 'the last day of that month is 2026-01-31'],
    ['2026-11-00', 'there is no day 00'],
    ['2026-13-01', 'there is no month 13'],
    ['2026-00-01', 'there is no month 00'],
    ['2026-11-20T24:00', 'there is no 24:00 on a clock'],
    ['2026-11-20 25:00:00', 'there is no 25:00:00 on a clock'],
    ['2026-11-20T09:60', 'there is no 09:60 on a clock'],
    ['2026-11-20T23:59:60Z', 'there is no 23:59:60 on a clock'],
    ['2026-11-20T09:30+15:00', 'there is no time zone +15:00'],
    ['2026-11-20T09:30-0160', 'there is no time zone -01:60'],
  ])('readIsoTime refuses %s: %s', (text, why) => {
    expect(readIsoTime(text)).toEqual({ refusal: `not "${text}": ${why}` });
  });

  it.each([
    '',
    'yesterday',
    '2026',
    '2026-11',
    '20261120',
    '2026-1-2',
    '26-11-20',
    '20 Nov 2026',
    '11/20/2026',
    ' 2026-11-20',
    '2026-11-20 ',
    '2026-11-20\n',
    '2026-11-20T',
    '2026-11-20T09',
    '2026-11-20Z',
    '2026-11-20+02:00',
    '2026-11-20T09:30 Z',
    '2026-11-20T09:30.5',
    '2026-11-20T09:30:00.',
    '2026-11-20T09:30:00,5',
    '2026-11-20T09:30+2',
    '2026-11-20T09:30 Europe/Berlin',
    '+002026-11-20',
    '1795168800000',
    '２０２６-11-20',
  ])('readIsoTime refuses %j, which is not in the format', (text) => {
    expect(readIsoTime(text)).toEqual({ refusal: `not ${JSON.stringify(text)}` });
  });

  it('readIsoTime calls fromWallClock only for a time without a zone', () => {
    const hourAhead = (asUtc: number) => asUtc - 3_600_000;
    expect(readIsoTime('1970-01-01', hourAhead)).toEqual({ ms: -3_600_000 });
    expect(readIsoTime('1970-01-01T01:00', hourAhead)).toEqual({ ms: 0 });
    expect(readIsoTime('1970-01-01T01:00Z', hourAhead)).toEqual({ ms: 3_600_000 });
    expect(readIsoTime('1970-01-01T01:00+00:00', hourAhead)).toEqual({ ms: 3_600_000 });
  });
});
