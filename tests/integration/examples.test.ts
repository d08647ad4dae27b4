import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startOtlpReceiver } from '../helpers/otlp-receiver.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';
import { makeApiRequestRow, makeSessionSummaryRow } from './helpers/factories.js';
import { useStore } from './helpers/store.js';

const store = useStore();

/** Runs an example as a user would: a separate program that imports `atel`. */
function example(
  name: string,
  args: string[] = [],
  options: { env?: Record<string, string>; cwd?: string } = {},
) {
  const file = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  return run(process.execPath, [file, ...args], {
    cwd: options.cwd ?? tempFolder(),
    env: { PATH: process.env.PATH ?? '', HOME: tempFolder(), TINYBIRD_URL: store.url, ...options.env },
  });
}

const recently = () => new Date(Date.now() - 60_000).toISOString().replace('T', ' ').slice(0, 23);

it('emit-events.mjs writes a task with two phases into the project log', async () => {
  const project = tempFolder();
  mkdirSync(join(project, '.ll'));
  writeFileSync(join(project, '.ll', 'll-config.json'), '{"telemetry": {}}');
  const { code, stdout } = await example('emit-events.mjs', [], { cwd: project });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'recorded BUILD-1\n' });
  const lines = readFileSync(join(project, '.ll', 'telemetry.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toEqual([
    expect.objectContaining({ event: 'issue_start', task_id: 'BUILD-1' }),
    expect.objectContaining({
      event: 'issue_complete',
      task_id: 'BUILD-1',
      status: 'success',
      phases_ms: { compile: expect.any(Number) as number, verify: expect.any(Number) as number },
    }),
  ]);
});

it('report.mjs prints the cost of each model and the newest session', async () => {
  await store.client.apiRequests.ingest([
    makeApiRequestRow({ session_id: 's1', timestamp: recently(), model: 'claude-opus-4-8', cost_usd: 0.125 }),
    makeApiRequestRow({ session_id: 's1', timestamp: recently(), model: 'claude-nova-9', cost_usd: null }),
  ]);
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({ session_id: 's1', timestamp: recently(), started_at: recently() }),
  ]);
  const { code, stdout } = await example('report.mjs');
  expect(code).toBe(0);
  expect(stdout).toContain('  claude-opus-4-8: 0.1250 in 1 requests\n');
  expect(stdout).toContain('  claude-nova-9: unknown in 1 requests\n');
  expect(stdout).toContain('  s1: 0.1250\n');
});

it('report.mjs says how to start a store that is down', async () => {
  const { code, stderr } = await example('report.mjs', [], { env: { TINYBIRD_URL: 'http://127.0.0.1:9' } });
  expect(code).toBe(1);
  expect(stderr).toContain('cannot be reached');
  expect(stderr).toContain('npx atel up');
});

it('export-traces.mjs sends a session and its request to an OTLP endpoint', async () => {
  await using receiver = await startOtlpReceiver();
  await store.client.apiRequests.ingest([makeApiRequestRow({ session_id: 's1', timestamp: recently() })]);
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({ session_id: 's1', timestamp: recently(), started_at: recently() }),
  ]);
  const { code, stdout, stderr } = await example('export-traces.mjs', [receiver.endpoint]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const sent = receiver.spans();
  expect(sent.map(({ name }) => name).sort()).toEqual(['chat claude-opus-4-8', 'session']);
  expect(stdout).toBe(`sent 2 spans of 1 traces to ${receiver.endpoint}\n`);
});

const catalogue = (...names: string[]) =>
  run(process.execPath, [fileURLToPath(new URL('../../scripts/catalogue.mjs', import.meta.url)), ...names]);

it('npm run catalogue NAME prints the complete SQL of a pipe, or says that there is no such name', async () => {
  const { code, stdout } = await catalogue('session_list');
  expect(code).toBe(0);
  // The node of session_overview that session_list uses, and its own last clause.
  expect(stdout).toContain('LEFT JOIN session_counters USING (session_id)');
  expect(stdout).toContain('LIMIT {{ Int32(limit, 20');
  const missing = await catalogue('session_lost');
  expect(missing.code).toBe(1);
  expect(missing.stderr).toBe(
    'There is no "session_lost" in the catalogue: npm run catalogue lists the names\n',
  );
});

it('serve-datafiles.mjs serves a folder, stores what fits and prints the top pages', async () => {
  expect(await example('serve-datafiles.mjs')).toMatchObject({
    code: 0,
    stderr: '',
    stdout: [
      '3 rows stored, 1 in quarantine',
      '/start: 2 visitors, 2 visits',
      '/prices: 1 visitors, 1 visits',
      '',
    ].join('\n'),
  });
});
