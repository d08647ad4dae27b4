import { describe, expect, it } from 'vitest';
import { readLooseTime } from './loose-time.js';

describe('readLooseTime', () => {
  // 2026-11-20T10:00:00Z
  const ms = 1_795_168_800_000;

  it.each([
    '2026-11-20T10:00:00Z',
    '2026-11-20T12:00:00+02:00',
    // Without a zone, JavaScript would read it in this machine's zone.
    '2026-11-20T10:00:00',
    '2026-11-20 10:00:00.000',
    'Fri, 20 Nov 2026 10:00:00 GMT',
    '1795168800',
    '1795168800000',
    1_795_168_800,
    1_795_168_800.25,
    1_795_168_800_000,
    1_795_168_800_000_000,
    1_795_168_800_000_000_000,
  ])('readLooseTime reads %j', (value) => {
    expect(Math.floor((readLooseTime(value) ?? 0) / 1_000) * 1_000).toBe(ms);
  });

  it.each(['', 'yesterday', '17', 17, -1_795_168_800, 1e20, NaN, null, true, undefined])(
    'readLooseTime takes %j for no time',
    (value) => {
      expect(readLooseTime(value)).toBeNull();
    },
  );
});
