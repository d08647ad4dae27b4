import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { spooledRows } from '../../tests/integration/helpers/collector.js';
import { tempFolder } from '../../tests/helpers/temp.js';
import { homePaths } from '../base/home.js';
import { Spool } from '../spool/spool.js';
import { collect } from './collect.js';

const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
const NOON = Date.UTC(2026, 2, 10, 12);
const DAY_MS = 24 * 3600_000;

afterEach(() => {
  vi.useRealTimers();
});

const line = (n: number) =>
  `${JSON.stringify({
    type: 'user',
    uuid: `u-${n}`,
    sessionId: 's-1',
    cwd: '/srv/shop',
    timestamp: new Date(NOON + n * 1000).toISOString(),
    message: { role: 'user', content: `prompt ${n}` },
  })}\n`;

it('the newest summary of a session wins, however the clock is changed between two drains', async () => {
  const paths = homePaths(tempFolder());
  mkdirSync(paths.inbox, { recursive: true });
  const transcript = join(paths.home, 's-1.jsonl');
  vi.useFakeTimers({ toFake: ['Date'] });
  // Right; a day ahead; right again; a day behind.
  for (const [n, days] of [0, 1, 0, -1].entries()) {
    vi.setSystemTime(NOON + n * 60_000 + days * DAY_MS);
    appendFileSync(transcript, line(n));
    writeFileSync(
      join(paths.inbox, `${n}.json`),
      JSON.stringify({
        hook_event_name: 'Stop',
        session_id: 's-1',
        transcript_path: transcript,
        cwd: '/srv/shop',
      }),
    );
    await collect(paths, new Spool(paths.spool), recorder);
  }
  const versions = (await spooledRows(paths.home)).flatMap(({ table, row }) =>
    table === 'session_summaries' ? [Number(row.version)] : [],
  );
  expect(versions[0]).toBe(NOON);
  expect(versions[1]).toBe(NOON + 60_000 + DAY_MS);
  expect(versions.slice(2)).toEqual([NOON + 60_001 + DAY_MS, NOON + 60_002 + DAY_MS]);
});
