import { describe as group, expect, it } from 'vitest';
import type { BackfillSummary } from '../../backfill/backfill.js';
import { describe, parseSince } from './backfill.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');

group('--since', () => {
  it.each([
    ['7d', '2026-11-13T12:00:00Z'],
    ['12h', '2026-11-20T00:00:00Z'],
    ['0.5d', '2026-11-20T00:00:00Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01T06:30:00Z', '2026-11-01T06:30:00Z'],
  ])('takes %s', (text, at) => {
    expect(parseSince(text, NOW)).toBe(Date.parse(at));
  });

  it.each(['', '7', 'd', '-7d', '7w', 'yesterday', '2026-13-01', '20261101', '2026-11-01garbage'])(
    'refuses %j by name',
    (text) => {
      expect(() => parseSince(text, NOW)).toThrow(`--since takes 7d, 12h or 2026-11-01, not "${text}"`);
    },
  );
});

group('the summary', () => {
  const summary: BackfillSummary = {
    files: 3,
    skippedFiles: 4,
    sessions: 2,
    bytes: 12_345_678,
    requests: 50,
    rows: 90,
    stored: 90,
    corruptLines: 0,
    problems: [],
    stopped: null,
    ms: 2_345,
    times: { read: 100, rows: 200, write: 300, spool: 400, send: 500 },
  };

  it('says what was read, in how long', () => {
    expect(describe(summary)).toEqual([
      'backfill: 3 files of 2 sessions read (12.3 MB), 4 unchanged, in 2.35 s',
      '  50 requests seen, 90 rows in all',
      '  reading 0.10 s, making rows 0.50 s, spool 0.40 s, store 0.50 s (summed over what ran side by side)',
    ]);
  });

  it('says how much was no JSON', () => {
    expect(describe({ ...summary, corruptLines: 2 }).at(-1)).toBe(
      '  2 lines were no JSON and were passed over',
    );
  });

  it('says in one line that there was nothing new', () => {
    expect(describe({ ...summary, files: 0 })).toEqual(['backfill: nothing new in 4 files (2.35 s)']);
  });
});
