import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SERVER_ENVIRONMENT } from '../../src/base/thread-pool.js';
import { START_LIMIT_MS } from '../../src/drain/starting.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { endsInBackground, serverOf, until } from '../helpers/background.js';
import { freePort } from '../helpers/ports.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

/** A running store with its own folder. */
async function startStore(): Promise<RunningAtel> {
  const home = tempFolder();
  endsInBackground(home);
  const atel = await startAtel({ home });
  onTestFinished(() => atel.stop('SIGKILL'), 60_000);
  return atel;
}

function ask(atel: RunningAtel, sql: string): Promise<{ status: number; text: string }> {
  return send(atel, '/v0/sql', sql);
}

async function send(
  atel: RunningAtel,
  path: string,
  body: string,
): Promise<{ status: number; text: string }> {
  const response = await fetch(atel.url + path, {
    method: 'POST',
    body,
    headers: { authorization: 'Bearer local' },
  });
  return { status: response.status, text: await response.text() };
}

const event = (id: string) => ({
  event_id: id,
  timestamp: '2026-11-20 10:00:00.000',
  session_id: 's',
  project: 'shop',
  source: 'cli',
  origin: 'live',
  device: 'test',
  privacy_tier: 1,
  schema_version: 1,
  event: 'command',
  version: 1,
});

/** Sends one event; the store acknowledges it with 200. */
const add = (atel: RunningAtel, id: string) =>
  send(atel, '/v0/events?name=telemetry_events&wait=true', JSON.stringify(event(id)));

const stored = { status: 200, text: '{"successful_rows":1,"quarantined_rows":0}' };

/** The ids of all stored events. */
const ids = (atel: RunningAtel) =>
  ask(atel, 'SELECT event_id FROM telemetry_events ORDER BY event_id FORMAT TSV');

/** The process of a running store. */
function processOf(atel: RunningAtel): number {
  const pid = serverOf(atel.home);
  if (pid === undefined) throw new Error('no server runs');
  return pid;
}

/** The processor time of a process until now, milliseconds. */
function processorTimeOf(pid: number): number {
  if (existsSync('/proc/self/stat')) {
    // Linux counts in hundredths of a second: the time in the program, and in the system for it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
  // Elsewhere: 0:12.34, or 1:00:12.34 after an hour.
  const time = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000;
}

/**
 * Whether the process of a store has used at least 200 milliseconds of processor time since the first call: only a
 * running query takes so much.
 */
function isBusy(atel: RunningAtel): () => boolean {
  const pid = processOf(atel);
  const before = processorTimeOf(pid);
  return () => processorTimeOf(pid) - before >= 200;
}

const gone = (pid: number) => () => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

/** Queries that the engine does not end, because it checks the time only between blocks of rows. */
const unstoppable = {
  'a regular expression over one long text': `SELECT length(replaceRegexpAll(toString(range(3000000)), '${'('.repeat(200)}a${')?'.repeat(200)}', 'b'))`,
  'arrays within arrays': `SELECT count() FROM (SELECT groupArray(number) AS g FROM numbers(20000)) WHERE arrayExists(y -> arrayExists(z -> z = y + 12345678901, g), arrayConcat(g, g, g, g, g, g, g, g, g, g, g, g, g, g, g, g, g, g, g, g))`,
};

describe('a query that the engine does not end', () => {
  it.each(Object.entries(unstoppable))(
    '%s: other queries are answered meanwhile, and SIGTERM ends the store',
    async (_, sql) => {
      const atel = await startStore();
      const slow = ask(atel, sql).catch(() => undefined);
      await until('the engine is busy with the query', isBusy(atel));
      expect((await ask(atel, 'SELECT 1 AS one')).status).toBe(200);
      expect(await add(atel, 'meanwhile')).toEqual(stored);
      const asked = Date.now();
      await atel.stop('SIGTERM');
      expect(Date.now() - asked).toBeLessThan(10_000);
      await slow;
    },
  );

  it('ten such queries at once leave others answered and the status right, and SIGTERM ends the store', async () => {
    const atel = await startStore();
    const pid = processOf(atel);
    const sql = 'SELECT arrayLevenshteinDistance(range(200000), range(1, 200001)) AS n';
    let ended = 0;
    const ten = Array.from({ length: 10 }, () =>
      ask(atel, sql)
        .catch(() => undefined)
        .finally(() => (ended += 1)),
    );
    expect((await ask(atel, 'SELECT 1 AS one')).status).toBe(200);
    expect(ended).toBe(0);
    // On a slow machine, the ten leave too little time for the question of status.
    const { stdout } = await atel.command('status');
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      / \(this machine\) (answers|busy: it answers, but a question took) /,
    );
    const asked = performance.now();
    await atel.stop('SIGTERM');
    const ms = performance.now() - asked;
    process.stdout.write(`SIGTERM to exit with ten such queries: ${ms.toFixed(0)} ms\n`);
    expect(gone(pid)()).toBe(true);
    await Promise.all(ten);
    const after = await atel.command('status');
    expect([after.code, after.stdout.replace(/\s+/g, ' ')]).toEqual([0, expect.stringContaining('asleep')]);
  });

  it('a query that the engine does not end is answered as timed out', async () => {
    const atel = await startStore();
    const { status, text } = await ask(atel, unstoppable['a regular expression over one long text']);
    expect([status, text]).toEqual([408, expect.stringMatching(/TIMEOUT_EXCEEDED/)]);
    expect((await ask(atel, 'SELECT 1 AS one')).status).toBe(200);
  });

  it('queries that the engine does not end stop the store if they occupy all sessions, and nothing is lost', async () => {
    const atel = await startStore();
    const pid = processOf(atel);
    expect(await add(atel, 'before')).toEqual(stored);
    const sql = unstoppable['a regular expression over one long text'];
    void Promise.allSettled([ask(atel, sql), ask(atel, sql)]);
    await until('it has ended', gone(pid));
    expect((await atel.command('up', '--detach')).code).toBe(0);
    expect(await ids(atel)).toEqual({ status: 200, text: 'before\n' });
  });
});

describe('expensive queries of many kinds', () => {
  // A query may shorten its time; the first has all of it.
  const short = 'max_execution_time = 2';
  const endless = {
    'a cross join':
      'SELECT count() FROM numbers(1000000) AS a, numbers(1000000) AS b WHERE a.number % 7 = b.number % 3',
    'a sort': `SELECT * FROM (SELECT sipHash64(number) AS x FROM numbers(10000000000) ORDER BY x) LIMIT 1 OFFSET 1000 SETTINGS ${short}`,
    sleep: `SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS max_block_size = 1, ${short}`,
    recursion: `WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count() FROM r SETTINGS ${short}`,
    'a fold': `SELECT arrayFold((acc, x) -> acc + sipHash64(acc, x), range(400000000), toUInt64(0)) SETTINGS ${short}`,
    'nested groups': `SELECT multiMatchAny('aaaa', ['${'('.repeat(900)}a${')*'.repeat(900)}'])`,
    'few nested groups': `SELECT multiMatchAny('aaaa', ['${'('.repeat(50)}a${')*'.repeat(50)}'])`,
  };

  it('expensive queries of many kinds are refused or end, and other queries are answered meanwhile', async () => {
    const atel = await startStore();
    const pid = processOf(atel);
    for (const [what, sql] of Object.entries(endless)) {
      const running = { ended: false };
      const slow = ask(atel, sql).finally(() => (running.ended = true));
      while (!running.ended) {
        expect((await ask(atel, 'SELECT 1 AS one')).status, what).toBe(200);
        // Asks again twice a second, or at once when the query has ended.
        await Promise.race([slow, sleep(500)]);
      }
      const { status } = await slow;
      expect([400, 408, 500], what).toContain(status);
    }
    expect(processOf(atel)).toBe(pid);
  }, 300_000);
});

describe('status', () => {
  it('atel status reports a store that does not answer, and one that is starting', async () => {
    const atel = await startStore();
    const pid = processOf(atel);
    process.kill(pid, 'SIGSTOP');
    const started = await atel.command('status');
    expect(started.stdout).toContain(`starting (process ${pid})`);
    // As if it had been started some time ago, but no more than the minute of tolerance before its process was.
    const before = new Date(Date.now() - START_LIMIT_MS);
    await utimes(join(atel.home, 'store', 'server.lock'), before, before);
    const { code, stdout } = await atel.command('status');
    process.kill(pid, 'SIGCONT');
    expect(code).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `not answering: process ${pid} serves it since ${before.toISOString()} (atel down stops it)`,
    );
    expect(stdout).not.toContain('asleep');
    expect((await atel.command('status')).stdout).toContain('answers');
  });
});

/** `atel up` in a new folder, stopped as soon as it has noted that it is starting. */
async function startAndHalt() {
  const home = tempFolder();
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    AGENT_TELEMETRY_HOME: home,
    TINYBIRD_URL: `http://localhost:${await freePort()}`,
    ...SERVER_ENVIRONMENT,
  };
  const child = spawn(process.execPath, [cli, 'up'], { env, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const noted = () => readFile(join(home, 'server.starting'), 'utf8').catch(() => '');
  await until('it is noted', async () => (await noted()) !== '');
  child.kill('SIGSTOP');
  return { child, home, command: (...args: string[]) => run(process.execPath, [cli, ...args], { env }) };
}

describe('a store that is starting and has not locked its folder', () => {
  it('is shown by atel status as starting', async () => {
    const { child, command } = await startAndHalt();
    const { code, stdout } = await command('status');
    expect(stdout).toContain(`starting (process ${child.pid})`);
    expect(code).toBe(0);
  });

  it('is stopped by atel down', async () => {
    const { child, command } = await startAndHalt();
    child.kill('SIGCONT');
    expect((await command('down')).stdout).toContain(`Stopped the store (process ${child.pid})`);
  });
});

describe('the folder of a running store', () => {
  const changes: [string, (store: string) => Promise<unknown>][] = [
    ['deleted', (store) => rm(store, { recursive: true })],
    ['moved away', (store) => rename(store, `${store}-elsewhere`)],
    [
      'replaced by another',
      async (store) => {
        await rename(store, `${store}-elsewhere`);
        await mkdir(store);
      },
    ],
    ['missing its lock', (store) => rm(join(store, 'server.lock'))],
    ['missing its engine', (store) => rm(join(store, 'engine'), { recursive: true })],
    [
      'emptied',
      (store) => run('sh', ['-c', `rm -rf "${store}"/*`], { env: { PATH: process.env.PATH ?? '' } }),
    ],
  ];
  it.each(changes)('a folder %s: no lost row is acknowledged, the server ends', async (_, change) => {
    const atel = await startStore();
    const pid = processOf(atel);
    const store = join(atel.home, 'store');
    expect(await add(atel, 'kept')).toEqual(stored);
    await change(store);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => add(atel, `late-${n}`)));
    for (const answer of answers) {
      // If the server has already ended, there is no answer.
      if (answer.status === 'rejected') continue;
      expect(answer.value.status).toBe(503);
      expect(answer.value.text).toMatch(/folder .* was deleted, moved or replaced/);
      expect(answer.value.text).not.toMatch(/Code:|DB::|\.bin|errno/);
    }
    await until('it has ended', gone(pid));
    // The next server stores the waiting rows, in the folder that exists then.
    const emitted = await atel.command('emit', 'custom', 'name=later');
    expect([emitted.code, emitted.stderr]).toEqual([0, '']);
    // The first start of a store takes longer than a flush waits if the machine is busy.
    await until('it is stored', async () => (await atel.command('flush')).code === 0);
    expect((await ask(atel, 'SELECT event FROM telemetry_events FORMAT TSV')).text).toContain('custom');
    expect((await atel.command('status')).stdout).toContain('answers');
  });
});

describe('atel down', () => {
  it('atel down stops a store in the foreground, and says so if none runs', async () => {
    const atel = await startStore();
    const pid = processOf(atel);
    const stopped = await atel.command('down');
    expect([stopped.code, stopped.stdout]).toEqual([
      0,
      `Stopped the store (process ${pid}). Hooks start it again with the next session.\n`,
    ]);
    await until('it has ended', gone(pid));
    const again = await atel.command('down');
    expect([again.code, again.stdout]).toEqual([0, `No store is running (${join(atel.home, 'store')})\n`]);
  });

  it('atel down stops a store in the background', async () => {
    const atel = await startStore();
    await atel.stop();
    expect((await atel.command('up', '--detach')).code).toBe(0);
    const pid = processOf(atel);
    expect((await atel.command('down')).stdout).toContain(`Stopped the store (process ${pid})`);
    expect(serverOf(atel.home)).toBeUndefined();
  });

  it('if the store does not end, atel down says so and exits with 1', async () => {
    const atel = await startStore();
    const pid = processOf(atel);
    process.kill(pid, 'SIGSTOP');
    const { code, stderr } = await atel.command('down');
    process.kill(pid, 'SIGKILL');
    expect(code).toBe(1);
    expect(stderr).toContain(`The store (process ${pid}) has not ended within 8 seconds`);
  });

  it('atel down never ends a process that is not a store, whatever the lock names', async () => {
    const home = tempFolder();
    const other = spawn('sleep', ['60']);
    onTestFinished(() => void other.kill());
    await mkdir(join(home, 'store'));
    await writeFile(join(home, 'store', 'server.lock'), String(other.pid));
    const env = { PATH: process.env.PATH ?? '', HOME: home, AGENT_TELEMETRY_HOME: home };
    const { code, stderr } = await run(process.execPath, [cli, 'down'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain(`Process ${other.pid} holds ${join(home, 'store')}, but it is not "atel up"`);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect(await readFile(join(home, 'store', 'server.lock'), 'utf8')).toBe(String(other.pid));
  });
});
