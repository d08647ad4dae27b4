/** `atel store`: copies of the store, and the removal of what is too old. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { schemas } from '../../src/schemas.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { endsInBackground, serverOf } from '../helpers/background.js';
import { transcriptsFolder } from '../helpers/captures.js';
import { run } from '../helpers/process.js';
import { writeSettings } from '../helpers/settings.js';
import { tempFolder } from '../helpers/temp.js';
import { makeApiRequestRow, makeTelemetryEventRow } from './helpers/factories.js';

async function served(): Promise<RunningAtel> {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(home, { mode: 0o700 });
  endsInBackground(home);
  const atel = await startAtel({ home, userHome: root });
  onTestFinished(() => atel.stop(), 60_000);
  return atel;
}

const period = ['--since', '2026-11-20', '--until', '2026-11-21', '--timezone', 'UTC', '--json'];

async function figures(atel: RunningAtel): Promise<unknown> {
  const { stdout } = await atel.command('summary', ...period);
  const { metrics, cost, tools } = schemas.summary.parse(JSON.parse(stdout));
  return { metrics, cost, tools };
}

/** Runs a command with more variables, in a process of its own. */
const atelWith = (atel: RunningAtel, more: Record<string, string>, ...args: string[]) =>
  run(process.execPath, [cli, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: join(atel.home, '..'), ...atel.env, ...more },
  });

it('a restored store answers the figures of the backup, whether the store runs or not', async () => {
  const atel = await served();
  await atel.loadCaptures({ transcripts: transcriptsFolder });
  const before = await figures(atel);
  const backup = join(tempFolder(), 'backup');

  const made = await atel.command('store', 'backup', backup);
  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(
    /^Stopped the store .*\nBacked up [\d,]+ files \([\d,]+ bytes\) to .*\nready: /s,
  );
  expect(readdirSync(backup).sort()).toEqual(['backup.json', 'data']);

  const later = { timestamp: '2026-11-20 11:00:00.000', session_id: 'later', request_key: 'later' };
  await atel.client.apiRequests.ingest([makeApiRequestRow({ ...later, cost_usd: 5 })]);
  expect(await figures(atel)).not.toEqual(before);
  const restored = await atel.command('store', 'restore', backup);
  expect(restored.code).toBe(0);
  expect(restored.stdout).toContain('all were checked');
  expect(await figures(atel)).toEqual(before);

  await atel.command('down');
  expect(serverOf(atel.home)).toBeUndefined();
  const asleep = await atel.command('store', 'restore', backup);
  expect(asleep.stdout).not.toContain('Stopped the store');
  expect(serverOf(atel.home)).toBeUndefined();
  expect(await figures(atel)).toEqual(before);
}, 90_000);

it('a backup into the telemetry folder is refused in one line, also by a link, and the store runs on', async () => {
  const atel = await served();
  const link = join(tempFolder(), 'link');
  symlinkSync(atel.home, link);
  for (const folder of [
    join(atel.home, 'backup'),
    join(atel.home, 'store', 'backup'),
    join(link, 'backup'),
  ]) {
    const refused = await atel.command('store', 'backup', folder);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`${folder} is inside the telemetry folder`);
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(readdirSync(join(atel.home, 'store'))).not.toContain('backup');
  expect(serverOf(atel.home)).toBeDefined();
}, 60_000);

it('prune removes what is older than the settings allow, and nothing without such a setting', async () => {
  const atel = await served();
  const at = (days: number) =>
    new Date(Date.now() - days * 24 * 3600_000).toISOString().replace('T', ' ').slice(0, -1);
  const request = (days: number) => makeApiRequestRow({ timestamp: at(days), request_key: `r-${days}` });
  await atel.client.apiRequests.ingest([request(100), request(1)]);
  await atel.client.telemetryEvents.ingest(
    [100, 40, 1].map((days) => makeTelemetryEventRow({ timestamp: at(days) })),
  );
  const kept = async () =>
    (
      await atel.client.sql(
        'SELECT count() AS n FROM telemetry_events UNION ALL SELECT count() AS n FROM api_requests',
      )
    )
      .map(({ n }) => n)
      .sort();

  const never = await atelWith(atel, {}, 'store', 'prune');
  expect(never.stdout).toBe(
    '0 rows removed for good: rows are kept for ever (retention_days), texts for 30 days (contents_days)\n',
  );
  writeSettings(join(atel.home, '..'), { retention_days: 30 });
  const dry = await atelWith(atel, {}, 'store', 'prune', '--dry-run');
  expect(dry.stdout).toContain('api_requests: 1 row\n');
  expect(dry.stdout).toContain('telemetry_events: 2 rows\n');
  expect(dry.stdout).toContain('would be removed (dry run): rows are kept for 30 days');
  expect(await kept()).toEqual([2, 3]);
  const done = await atelWith(atel, {}, 'store', 'prune');
  expect(done.stdout).toContain('removed for good');
  expect(await kept()).toEqual([1, 1]);
  expect(await atel.client.sql('SELECT DISTINCT request_key FROM requests FINAL')).toEqual([
    { request_key: 'r-1' },
  ]);
  const status = await atelWith(atel, {}, 'status');
  expect(status.stdout).toContain('30 days, then removed (retention_days)');
}, 60_000);

it('compact merges every table, and no row is lost', async () => {
  const atel = await served();
  for (let n = 0; n < 3; n += 1)
    await atel.client.telemetryEvents.ingest([makeTelemetryEventRow({ event_id: `e-${n}` })]);
  const { stdout, code } = await atel.command('store', 'compact');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Compacted \d+ tables\./);
  expect(await atel.client.sql('SELECT count() AS n FROM telemetry_events')).toEqual([{ n: 3 }]);
}, 60_000);

it.each([
  { args: ['backup'], says: 'store backup takes a folder' },
  { args: ['compact', 'x'], says: 'store compact takes no folder' },
  { args: ['polish'], says: 'store takes backup, restore, compact, prune, not "polish"' },
  { args: ['backup', 'x', '--dry-run'], says: '--dry-run is for atel store prune' },
])('atel store $args is refused in one line', async ({ args, says }) => {
  const home = tempFolder();
  const env = { PATH: process.env.PATH ?? '', HOME: home };
  const { code, stderr } = await run(process.execPath, [cli, 'store', ...args], { env });
  expect(code).toBe(2);
  expect(stderr).toContain(says);
});
