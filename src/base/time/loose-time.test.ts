import { afterEach, describe, expect, it } from 'vitest';
import { readLooseTime } from './loose-time.js';

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

describe.each(['UTC', 'America/New_York', 'Asia/Kolkata'])('readLooseTime on a machine in %s', (zone) => {
  // 2026-11-20T10:00:00Z
  const ms = 1_795_168_800_000;

  it.each([
    '2026-11-20T10:00:00Z',
    '2026-11-20T12:00:00+02:00',
    // Without a zone, JavaScript would read it in this machine's zone.
    '2026-11-20T10:00:00',
    '2026-11-20 10:00:00.000',
    '2026/11/20 10:00:00',
    '11/20/2026 10:00 AM',
    'Nov 20, 2026 10:00:00',
    '20 Nov 2026 10:00',
    'Fri Nov 20 10:00:00 2026',
    ' Fri, 20 Nov 2026 10:00:00 ',
    'Fri, 20 Nov 2026 10:00:00 GMT',
    '20 Nov 2026 12:00:00 +0200',
    '2026/11/20 05:00:00 EST',
    'Fri Nov 20 2026 15:30:00 GMT+0530 (India Standard Time)',
    '1795168800',
    '1795168800000',
    1_795_168_800,
    1_795_168_800.25,
    1_795_168_800_000,
    1_795_168_800_000_000,
    1_795_168_800_000_000_000,
  ])('readLooseTime reads %j', (value) => {
    process.env.TZ = zone;
    expect(Math.floor((readLooseTime(value) ?? 0) / 1_000) * 1_000).toBe(ms);
  });

  it.each([
    ['11-20-2026', '2026-11-20'],
    ['Nov 20, 2026', '2026-11-20'],
  ])('readLooseTime reads the day %j as the first moment of it in UTC', (value, day) => {
    process.env.TZ = zone;
    expect(readLooseTime(value)).toBe(Date.parse(`${day}T00:00:00Z`));
  });

  it.each(['', 'yesterday', '10:00', '17', 17, -1_795_168_800, 1e20, NaN, null, true, undefined])(
    'readLooseTime takes %j for no time',
    (value) => {
      expect(readLooseTime(value)).toBeNull();
    },
  );
});
