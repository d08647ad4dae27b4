import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homePaths } from '../base/home.js';
import { lastFailures, limitLog, log, LOG_LIMIT_BYTES } from './log.js';

let home: string;
const paths = () => homePaths(home);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'atel-log-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the size of the log', () => {
  it('a log at its limit stays as it is, and a larger one begins anew with its whole last lines kept', () => {
    writeFileSync(paths().log, 'first\nsecond\nthird\n');
    limitLog(paths(), 19);
    expect(existsSync(paths().oldLog)).toBe(false);
    appendFileSync(paths().log, 'fourth\n');
    limitLog(paths(), 19);
    expect(readFileSync(paths().log, 'utf8')).toBe('');
    expect(readFileSync(paths().oldLog, 'utf8')).toBe('third\nfourth\n');
    expect(statSync(paths().oldLog).mode & 0o777).toBe(0o600);
  });

  it('a server that keeps the log open goes on at the beginning of the emptied file', () => {
    const server = openSync(paths().log, 'a');
    writeSync(server, 'x'.repeat(30));
    limitLog(paths(), 20);
    writeSync(server, 'after');
    expect(readFileSync(paths().log, 'utf8')).toBe('after');
  });

  it('however much is logged, both files together stay within twice the limit and one line', () => {
    const line = 'y'.repeat(100_000);
    for (let n = 0; n < 12; n += 1) log(paths(), 'drain', `${n} ${line}`);
    const longest = line.length + 50;
    expect(statSync(paths().log).size).toBeLessThanOrEqual(LOG_LIMIT_BYTES);
    expect(statSync(paths().oldLog).size).toBeLessThanOrEqual(LOG_LIMIT_BYTES + longest);
    expect(lastFailures(paths())).toMatchObject([{ part: 'drain', message: `11 ${line}` }]);
  });

  it('without a log none is made', () => {
    limitLog(paths());
    expect(existsSync(paths().log)).toBe(false);
  });
});

describe('the last failures', () => {
  it('the last failure of each part is found, the newest first, in both files; notes and other lines are not', () => {
    writeFileSync(
      paths().oldLog,
      [
        '2026-11-20T10:00:00.000Z traces: an address cannot be reached',
        '2026-11-20T10:00:01.000Z delivery: the first',
        '',
      ].join('\n'),
    );
    writeFileSync(
      paths().log,
      [
        '2026-11-20T10:00:02.000Z delivery: the second',
        'ready: Tinybird API on http://127.0.0.1:7181',
        '2026-11-20T10:00:03.000Z note: 3 events were removed',
        '2026-11-20T10:00:04.000Z StoreError: a line of an earlier version',
        '2026-11-20T10:00:05.000Z api: GET / failed',
        '2026-11-20T10:00:06.000Z delivery: the third was cut of',
      ].join('\n'),
    );
    expect(lastFailures(paths())).toEqual([
      { part: 'delivery', at: '2026-11-20T10:00:06.000Z', message: 'the third was cut of' },
      { part: 'api', at: '2026-11-20T10:00:05.000Z', message: 'GET / failed' },
      { part: 'traces', at: '2026-11-20T10:00:00.000Z', message: 'an address cannot be reached' },
    ]);
  });

  it('a logged secret is redacted, and a line break is none', () => {
    log(paths(), 'api', new Error(`failed with ghp_${'a1B2'.repeat(9)} \nagain`));
    const [failure] = lastFailures(paths());
    expect(failure?.message).toMatch(/^Error: failed with \[redacted:[\w-]+\].*again$/);
    expect(readFileSync(paths().log, 'utf8').split('\n')).toHaveLength(2);
  });
});
