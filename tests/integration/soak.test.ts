/**
 * The delivery promise under everything at once: hooks, drains, `atel emit` and the server with its collector are
 * killed between any two operations, and the store answers 503, 429, nothing, or loses its answer. Then: what was
 * acknowledged is stored once or a dead letter, and nothing else is there. The seed is printed; `ATEL_SOAK_SEED=N` repeats its choices.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { homePaths } from '../../src/base/home.js';
import { countWaiting } from '../../src/drain/waiting.js';
import { Spool } from '../../src/spool/spool.js';
import { cli, startAtel } from '../helpers/atel.js';
import { drainOf, endsInBackground } from '../helpers/background.js';
import { faults, startFaultyStore } from '../helpers/faulty-store.js';
import { freePort } from '../helpers/ports.js';
import { rounds } from '../helpers/rounds.js';
import { tempFolder } from '../helpers/temp.js';

const hook = fileURLToPath(new URL('../../.claude/hooks/log-event.sh', import.meta.url));
const SESSION = '5f0c9a3e-1d2b-4c3d-8e4f-0a1b2c3d4e5f';
const ROUNDS = rounds(8);
const HOOKS = 6;
/** Events that `atel emit` records in a round, and requests that are sent to the collector. */
const EMITTED = 2;
const REQUESTS = 8;
/** Rounds in which the server is killed. */
const SERVER_KILLS = [2, 5];
/** The prompt of a row that the store always refuses. */
const POISON = /prompt-poison/;

const seed = Number(process.env.ATEL_SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Mulberry32: numbers from 0 to 1 that follow from the seed. */
function random(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

it(`sent is stored, dead or dropped and counted, and nothing is there twice (seed ${seed})`, async () => {
  const next = random(seed);
  let isFaulty = true;
  const [root, home] = [tempFolder(), join(tempFolder(), 'telemetry')];
  mkdirSync(home, { mode: 0o700 });
  symlinkSync(dirname(cli), join(home, 'program'));
  const upstream = { home: join(root, 'store-home'), port: await freePort() };
  mkdirSync(upstream.home, { mode: 0o700 });
  endsInBackground(home);
  endsInBackground(upstream.home);
  let server = await startAtel(upstream);
  onTestFinished(() => server.stop('SIGKILL'), 60_000);
  const store = await startFaultyStore(
    server.url,
    () => (isFaulty && next() < 0.4 ? faults[Math.floor(next() * faults.length)] : undefined),
    POISON,
  );
  onTestFinished(store.close);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: root,
    AGENT_TELEMETRY_HOME: home,
    TINYBIRD_URL: store.url,
  };

  /** Prompts whose hook ended by itself, and prompts whose hook was killed: those may be recorded or not. */
  const acknowledged = new Set<string>();
  const uncertain = new Set<string>();
  const capture = async (prompt: string, killAfterMs: number | undefined) => {
    const child = spawn('sh', [hook], { env, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined);
    const payload = {
      session_id: SESSION,
      prompt_id: prompt,
      hook_event_name: 'UserPromptSubmit',
      cwd: root,
    };
    child.stdin.end(JSON.stringify(payload));
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    (code === 0 ? acknowledged : uncertain).add(prompt);
  };
  const emit = async (task: string, killAfterMs: number | undefined) => {
    const child = spawn(process.execPath, [cli, 'emit', 'custom', 'name=soak', `task_id=${task}`], {
      env: { ...env, CLAUDE_SESSION_ID: SESSION },
      stdio: 'ignore',
    });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    (code === 0 ? acknowledged : uncertain).add(task);
  };
  /** Sends requests to the collector, one after another: each is acknowledged with 200, or the collector is gone. */
  const send = async (round: number) => {
    for (let n = 0; n < REQUESTS; n += 1) {
      const id = `req_${round}_${n}`;
      const answer = await fetch(`http://127.0.0.1:${server.env.AGENT_TELEMETRY_COLLECTOR_PORT}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(apiRequest(id)),
      }).catch(() => undefined);
      (answer?.status === 200 ? acknowledged : uncertain).add(id);
    }
  };
  const flush = async (killAfterMs?: number) => {
    const child = spawn(process.execPath, [cli, 'flush'], { env, stdio: 'ignore' });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    await once(child, 'exit');
    clearTimeout(timer);
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    const prompts = Array.from({ length: HOOKS }, (_, n) => `prompt-${round}-${n}`);
    if (round % 4 === 1) prompts.push(`prompt-poison-${round}`);
    const kills = prompts.map((prompt) =>
      !prompt.includes('prompt-poison') && next() < 0.3 ? next() * 6 : undefined,
    );
    const delivery = flush(next() < 0.6 ? 100 + next() * 600 : undefined);
    const sending = send(round);
    const emitKills = Array.from({ length: EMITTED }, () => (next() < 0.3 ? next() * 400 : undefined));
    await Promise.all([
      ...prompts.map((prompt, n) => capture(prompt, kills[n])),
      ...emitKills.map((kill, n) => emit(`task-${round}-${n}`, kill)),
    ]);
    const drain = drainOf(home);
    if (drain !== undefined && drain !== process.pid && next() < 0.4) {
      await sleep(next() * 100);
      // It may have ended by itself.
      if (drainOf(home) === drain) process.kill(drain, 'SIGKILL');
    }
    if (SERVER_KILLS.includes(round)) {
      await server.stop('SIGKILL');
      server = await startAtel(upstream);
    }
    await Promise.all([delivery, sending]);
  }
  isFaulty = false;
  for (let left = 1, tries = 0; left > 0 && tries < 10; tries += 1) {
    await flush();
    const { events, segments } = await countWaiting(homePaths(home));
    left = events + segments;
  }

  // What the collector acknowledged waits in the folder of its own server.
  await server.command('flush');

  const rows = await server.client.sql(
    `SELECT if(task_id = '', prompt_id, task_id) AS id FROM telemetry_events FINAL WHERE source IN ('hook', 'cli')
     UNION ALL SELECT request_id AS id FROM api_requests FINAL`,
  );
  const stored = rows.map(({ id }) => String(id)).sort();
  const spool = new Spool(join(home, 'spool'));
  const dead = (await spool.deadLetters()).map(({ row }) => String(row.prompt_id)).sort();
  const { dropped, segments, damaged } = await spool.state();

  expect(stored, 'nothing is stored twice').toEqual([...new Set(stored)]);
  expect(dead, 'only poisonous rows are refused').toEqual(
    dead.filter((prompt) => prompt.includes('prompt-poison')),
  );
  const there = new Set([...stored, ...dead]);
  expect({ dropped, segments, damaged }).toEqual({ dropped: 0, segments: 0, damaged: 0 });
  expect(
    [...acknowledged].filter((prompt) => !there.has(prompt)),
    'acknowledged and lost',
  ).toEqual([]);
  expect(
    [...there].filter((prompt) => !acknowledged.has(prompt) && !uncertain.has(prompt)),
    'never sent',
  ).toEqual([]);
  // The run is no proof unless something was killed and something failed.
  expect(uncertain.size).toBeGreaterThan(0);
  expect([...store.counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  expect(dead.length).toBeGreaterThan(0);
}, 300_000);

/** A log record that the client writes for one response of the API, in OTLP/JSON. */
function apiRequest(id: string): object {
  const values: Record<string, string> = {
    'event.name': 'api_request',
    'session.id': SESSION,
    model: 'claude-sonnet-4-5',
    request_id: id,
    input_tokens: '100',
    output_tokens: '10',
    cost_usd: '0.00045',
  };
  const attributes = Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const record = {
    timeUnixNano: `${Date.now()}000000`,
    body: { stringValue: 'claude_code.api_request' },
    attributes,
  };
  const scope = { name: 'com.anthropic.claude_code.events', version: '2.1.332' };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'claude-code' } }] };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] };
}
