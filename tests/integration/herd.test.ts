import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { drainOf, endsInBackground, serverOf, until } from '../helpers/background.js';
import { freePort } from '../helpers/ports.js';
import { prepareStore } from '../helpers/prepared-store.js';
import { run } from '../helpers/process.js';
import { fuzzSeed } from '../helpers/seeded.js';
import { tempFolder } from '../helpers/temp.js';
import { testClient } from '../helpers/test-client.js';

const hook = fileURLToPath(new URL('../../.claude/hooks/log-event.sh', import.meta.url));

it('many hooks at once keep every event and start few drains', async () => {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(join(home, 'program'), { recursive: true });
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(home, 'program', 'drain.js'), '');
  // A fake node, so that the drain never starts working.
  const node = join(root, 'bin', 'node');
  const started = join(root, 'started');
  writeFileSync(node, `#!/bin/sh\necho started >> ${started}\n`);
  chmodSync(node, 0o755);
  const env = {
    PATH: `${join(root, 'bin')}:${process.env.PATH ?? ''}`,
    HOME: root,
    AGENT_TELEMETRY_HOME: home,
  };
  const COUNT = 60;
  await Promise.all(Array.from({ length: COUNT }, () => run('sh', [hook], { env, input: '{"a":1}' })));
  expect(readdirSync(join(home, 'inbox'))).toHaveLength(COUNT);
  expect(existsSync(started)).toBe(true);
  expect(readFileSync(started, 'utf8').trim().split('\n').length).toBeLessThan(COUNT / 3);
});

/** A tool call with an identity of its own. */
const toolCall = (id: string) =>
  JSON.stringify({
    hook_event_name: 'PostToolUse',
    session_id: 'herd',
    tool_name: 'Bash',
    tool_use_id: id,
    cwd: '/',
  });

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Kept {
  refused: { rows: number };
  damaged: { rows: number };
  dropped_rows: number;
  lost_events: number;
  unreadable_events: number;
  waiting: { events: number };
}

it('while drain and server are killed again and again, every event of a hook is stored once or counted', async () => {
  const random = randomFrom(fuzzSeed('herd'));
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(join(home, 'inbox'), { recursive: true, mode: 0o700 });
  symlinkSync(dirname(cli), join(home, 'program'));
  prepareStore(join(home, 'store'));
  endsInBackground(home);
  const url = `http://localhost:${await freePort()}`;
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    HOME: root,
    TMPDIR: root,
    AGENT_TELEMETRY_HOME: home,
    TINYBIRD_URL: url,
    AGENT_TELEMETRY_COLLECTOR_PORT: String(await freePort()),
    AGENT_TELEMETRY_OTLP_GRPC_PORT: String(await freePort()),
    AGENT_TELEMETRY_API_PORT: String(await freePort()),
    AGENT_TELEMETRY_DASHBOARD_PORT: String(await freePort()),
  };
  const kills = { drain: 0, server: 0 };
  const find = { drain: () => drainOf(home), server: () => serverOf(home) };
  let fired = 0;
  // Until both were killed a few times; a slow machine has had enough after 15 seconds and one of each.
  const enough = Date.now() + 15_000;
  const last = enough + 60_000;
  const isEnough = () => {
    const least = Date.now() < enough ? 3 : 1;
    return kills.drain >= least && kills.server >= least;
  };
  while (!isEnough() && Date.now() < last) {
    const hooks = Array.from({ length: 3 }, () => {
      fired += 1;
      return run('sh', [hook], { env, input: toolCall(`call-${fired}`) });
    });
    await sleep(random() * 500);
    const victim = kills.server < kills.drain && find.server() !== undefined ? 'server' : 'drain';
    const pid = find[victim]();
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL');
      kills[victim] += 1;
    }
    for (const result of await Promise.all(hooks))
      expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  }
  process.stdout.write(`herd: ${JSON.stringify(kills)} killed, ${fired} hooks\n`);
  expect(isEnough()).toBe(true);

  await until(
    'all is delivered',
    async () => (await run(process.execPath, [cli, 'flush'], { env })).code === 0,
  );
  const status = await run(process.execPath, [cli, 'status', '--json'], { env });
  const kept = JSON.parse(status.stdout) as Kept;
  const client = testClient(url);
  const [stored] = await client.sql(
    `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(tool_use_id)) AS ids
     FROM telemetry_events FINAL WHERE session_id = 'herd' AND tool_use_id != '' FORMAT JSON`,
  );
  const counted =
    kept.refused.rows + kept.damaged.rows + kept.dropped_rows + kept.lost_events + kept.unreadable_events;
  expect(kept.waiting.events).toBe(0);
  expect(stored?.rows).toBe(stored?.ids);
  expect(Number(stored?.ids) + counted).toBe(fired);
});
