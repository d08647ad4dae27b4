import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { schemas } from '../../src/schemas.js';
import { cli, startAtel } from '../helpers/atel.js';
import { endsInBackground } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

it('what the client tells its status line of the limits is stored once, and atel limits shows it', async () => {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  endsInBackground(home);
  const atel = await startAtel({ home, userHome: root });
  onTestFinished(() => atel.stop(), 60_000);
  const statusline = join(cli, '..', 'statusline.cjs');
  // A period that began two hours ago.
  const resets_at = Math.floor(Date.now() / 60_000) * 60 + 3 * 3_600;
  const show = (five_hour: number) =>
    run(process.execPath, [statusline], {
      env: { PATH: process.env.PATH ?? '', HOME: root, AGENT_TELEMETRY_HOME: home },
      input: JSON.stringify({
        model: { display_name: 'Opus 4.8' },
        cwd: root,
        rate_limits: {
          five_hour: { used_percentage: five_hour, resets_at },
          seven_day: { used_percentage: 7 },
        },
      }),
    });
  for (const used of [30, 30, 60, 45]) {
    const { code, stdout, stderr } = await show(used);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`5 h ${used} %`);
  }
  await atel.command('flush');
  const stored = await atel.client.sql(
    "SELECT JSONExtractString(payload, 'limit') AS limit, JSONExtractFloat(payload, 'used') AS used FROM telemetry_events FINAL WHERE event = 'limit_reading' ORDER BY limit, used",
  );
  expect(stored).toEqual([
    { limit: 'five_hour', used: 0.3 },
    { limit: 'five_hour', used: 0.6 },
    { limit: 'seven_day', used: 0.07 },
  ]);
  const { stdout } = await atel.command('limits', '--json');
  const { limits, limit, by } = schemas.limits.parse(JSON.parse(stdout));
  expect({ limit, by }).toEqual({ limit: 'five_hour', by: 'project' });
  expect(limits.map(({ limit: name, used, is_current }) => [name, used, is_current])).toEqual([
    ['five_hour', 0.6, 1],
    ['seven_day', 0.07, 1],
  ]);
  // 60 % in two of five hours: the limit is used up before its end.
  expect(limits[0]?.runs_out_at).not.toBeNull();

  const before = await atel.command('limits', '--json', '--since', '2020-01-01', '--until', '2020-02-01');
  expect(schemas.limits.parse(JSON.parse(before.stdout))).toMatchObject({
    limits: [],
    limit: null,
    parts: [],
    total: null,
  });

  // Without a terminal, atel live prints its figures once.
  const live = await atel.command('live');
  expect(live).toMatchObject({ code: 0, stderr: '' });
  expect(live.stdout).toMatch(/^Today: 0\.00 USD, 0 requests, 0 tokens$/m);
  expect(live.stdout).toMatch(/^Limit, 5 hours: 60 % used, resets in .*, runs out /m);
  expect(live.stdout).toMatch(/^No session is active\.$/m);

  const wrong = await atel.command('limits', '--limit', 'seven_day');
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain('--limit takes a limit with a current period (five_hour), not "seven_day"');
});
