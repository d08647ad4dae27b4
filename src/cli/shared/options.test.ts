import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCount, readWindow, UsageError, type AskedTime } from './options.js';

const now = Date.parse('2026-11-20T18:30:00Z');
const read = (options: AskedTime) => {
  const { from, to, title, params } = readWindow({ timezone: 'UTC', ...options }, now);
  return { from: from.toISOString(), to: to?.toISOString() ?? null, title, params };
};

describe('the requested window', () => {
  it('a window of days is relative to the time of the query', () => {
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
  ])('--since %s begins at %s', (since, from, title) => {
    expect(read({ since })).toMatchObject({ from, to: null, title });
  });

  it('times are read and shown in the chosen time zone, on both sides of a clock change', () => {
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

  it('a window without --since is relative to its end', () => {
    expect(read({ until: '2026-11-01' })).toMatchObject({
      from: '2026-10-25T00:00:00.000Z',
      to: '2026-11-01T00:00:00.000Z',
      title: '2026-10-25 to 2026-11-01',
    });
    expect(readWindow({ until: '2026-11-01', timezone: 'UTC' }, now, '84d').from.toISOString()).toBe(
      '2026-08-09T00:00:00.000Z',
    );
  });

  it.each([
    // Midnight occurs twice in Havana, and the first one is meant.
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'],
    // There is no midnight on these days: they begin at one o'clock.
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z'],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z'],
    ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:45:00.000Z'],
  ])('in %s, --since %s begins at %s', (timezone, since, from) => {
    expect(read({ since, timezone }).from).toBe(from);
  });

  it.each([
    [{ since: '99999d' }, /^--since takes 10m, .*, not "99999d": the years are 1971 to 2099$/],
    [{ since: '99999999999999999999d' }, /^--since takes .*: the years are 1971 to 2099$/],
    [{ since: '0001-01-01' }, /^--since takes .*: the years are 1971 to 2099$/],
    [{ until: '2107-01-01' }, /^--until takes .*, not "2107-01-01": the years are 1971 to 2099$/],
    [{ since: '0d' }, '--since 0d is not in the past'],
    [
      { since: '2026-02-30' },
      '--since takes 10m, 24h, 7d, 2w, 1mo, today, yesterday, week, "last week", month, "last month", year or a date such as 2026-11-20 or 2026-11-20T09:30, not "2026-02-30": the last day of that month is 2026-02-28',
    ],
    [{ until: 'soon' }, /^--until takes 10m, .*, not "soon"$/],
    [{ project: '' }, '--project takes the name of a project, not ""'],
  ])('invalid values are refused with the name of the option: %j', (options, message) => {
    expect(() => readWindow(options, now)).toThrow(message);
  });

  it.each([
    [{ since: 'a week' }],
    [{ since: '10x' }],
    [{ since: 'next week' }],
    [{ since: 'constructor' }],
    [{ since: '2026-02-30' }],
    [{ since: '2026-13-01' }],
    [{ since: '2026-11-21' }],
    [{ since: '2026-11-02', until: '2026-11-02' }],
    [{ timezone: 'Mars/Olympus' }],
  ])('invalid values are refused: %j', (options) => {
    expect(() => readWindow(options, now)).toThrow(UsageError);
  });
});

describe('the time zone without --timezone', () => {
  afterEach(() => vi.restoreAllMocks());
  const local = (zone: string | undefined) =>
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({
      timeZone: zone,
    } as Intl.ResolvedDateTimeFormatOptions);

  it("the time zone is this machine's, so that an evening stays on its day", () => {
    local('Europe/Berlin');
    // 00:30 on 21 November in Berlin.
    const window = readWindow({ since: 'today' }, Date.parse('2026-11-20T23:30:00Z'));
    expect(window).toMatchObject({ timezone: 'Europe/Berlin', title: 'since 2026-11-21' });
    expect(window.from.toISOString()).toBe('2026-11-20T23:00:00.000Z');
  });

  it('the time zone is UTC for programs, and if the machine has none', () => {
    local('Europe/Berlin');
    expect(readWindow({ json: true }, now).timezone).toBe('UTC');
    local(undefined);
    expect(readWindow({}, now).timezone).toBe('UTC');
    expect(() => readWindow({ timezone: 'local' }, now)).toThrow('the time zone of this machine is unknown');
  });
});

it('a count must be a whole number within its limits', () => {
  expect(readCount('--limit', '20', 1_000)).toBe(20);
  for (const text of ['0', '1001', '-1', '1.5', 'x', ''])
    expect(() => readCount('--limit', text, 1_000)).toThrow(UsageError);
});
