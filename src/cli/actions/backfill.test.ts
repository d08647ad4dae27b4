import { describe as group, expect, it } from 'vitest';
import type { BackfillSummary } from '../../backfill/summary.js';
import { describe } from './backfill.js';

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
    leftOutLines: 0,
    refusedRows: 0,
    refusals: [],
    waiting: [],
    problems: [],
    stopped: null,
    ms: 2_345,
    times: { read: 100, rows: 200, write: 300, spool: 400, send: 500 },
  };

  it('the lines say what was read, and how long it took', () => {
    expect(describe(summary)).toEqual([
      'backfill: 3 files of 2 sessions read (12.3 MB), 4 unchanged, in 2.3 s',
      '  50 requests seen, 90 rows in all',
      '  reading 100 ms, making rows 500 ms, spool 400 ms, store 500 ms (summed over what ran side by side)',
    ]);
  });

  it('the lines say how many lines were not JSON', () => {
    expect(describe({ ...summary, corruptLines: 2 }).at(-1)).toBe(
      '  2 records are lost: damaged, or not JSON',
    );
  });

  it('a count of one is written in the singular', () => {
    const one = { ...summary, files: 1, sessions: 1, requests: 1, rows: 1, corruptLines: 1 };
    expect(describe(one).filter((_, index) => index !== 2)).toEqual([
      'backfill: 1 file of 1 session read (12.3 MB), 4 unchanged, in 2.3 s',
      '  1 request seen, 1 row in all',
      '  1 record is lost: damaged, or not JSON',
    ]);
  });

  it('one line says that nothing was new', () => {
    expect(describe({ ...summary, files: 0 })).toEqual(['backfill: nothing new in 4 files (2.3 s)']);
  });
});
