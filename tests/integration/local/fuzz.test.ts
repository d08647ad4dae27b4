import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SERVER_ENVIRONMENT } from '../../../src/base/thread-pool.js';
import { damaged, fuzzSeed } from '../../helpers/seeded.js';
import { temporaryFolder } from './server.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const seed = fuzzSeed('embedded server');
/** A server with more memory than this has kept what it received. */
const MOST_MEGABYTES = 2_000;

const table = `SCHEMA >
    id UInt32 \`json:$.id\`,
    at DateTime64(3) \`json:$.at\` DEFAULT now64(3),
    tags Array(LowCardinality(String)) \`json:$.tags[:]\`,
    more Map(String, Nullable(Float64)) \`json:$.more\`
ENGINE "MergeTree"
ENGINE_SORTING_KEY "id"
ENGINE_TTL "toDateTime(at) + INTERVAL 1000 DAY"`;
const pipe =
  'TOKEN reading READ\nNODE n\nSQL >\n    %\n    SELECT id, count() AS n FROM events WHERE id > {{Int32(least, 0)}} {% if defined(tag) %} AND has(tags, {{String(tag)}}) {% end %} GROUP BY id\nTYPE endpoint\n';
const events = [
  '{"id":1,"at":"2026-01-01 00:00:00.000","tags":["a","b"],"more":{"x":1.5,"y":null}}\n{"id":2,"tags":[],"more":{}}\n',
  '[{"id":4294967295,"tags":["\\u00e9"],"more":{"z":-1e300}},{"id":-1}]',
].map((text) => Buffer.from(text));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let child: ReturnType<typeof start>;
let url = '';

function start(path: string) {
  const script = fileURLToPath(new URL('child.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, ...SERVER_ENVIRONMENT },
  });
}

beforeAll(async () => {
  folder = await temporaryFolder();
  child = start(folder.path);
  url = String((await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()).value);
  expect((await deploy(Buffer.from(table), Buffer.from(pipe))).status).toBe(200);
});

afterAll(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await folder[Symbol.asyncDispose]();
});

const headers = { authorization: 'Bearer local' };

function deploy(datasource: Buffer, endpoint: Buffer): Promise<Response> {
  const form = new FormData();
  form.append('data_project://', new File([new Uint8Array(datasource)], 'events.datasource'));
  form.append('data_project://', new File([new Uint8Array(endpoint)], 'counts.pipe'));
  const signal = AbortSignal.timeout(60_000);
  return fetch(`${url}/v1/deploy?check=true`, { method: 'POST', body: form, headers, signal });
}

/** The server accepted the input or said what was wrong with it, and still works. */
async function expectHealth(answer: Response): Promise<void> {
  const text = await answer.text();
  if (answer.status >= 500) throw new Error(`${answer.status}: ${text}`);
  expect(() => JSON.parse(text) as unknown).not.toThrow();
  expect(child.exitCode).toBeNull();
}

describe('a server with arbitrary input', () => {
  it('events are stored or the answer says what is wrong with them', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(events), fc.boolean(), async (body, isPacked) => {
        const more = isPacked ? { 'content-encoding': 'gzip' } : {};
        const answer = await fetch(`${url}/v0/events?name=events&wait=true`, {
          method: 'POST',
          body: new Uint8Array(body),
          headers: { ...headers, ...more },
          signal: AbortSignal.timeout(60_000),
        });
        await expectHealth(answer);
      }),
      { seed, numRuns: 60, endOnFailure: true },
    );
  });

  it('datafiles are accepted or the answer says what is wrong with them', async () => {
    await fc.assert(
      fc.asyncProperty(damaged([Buffer.from(table)]), damaged([Buffer.from(pipe)]), async (one, other) => {
        await expectHealth(await deploy(one, Buffer.from(pipe)));
        await expectHealth(await deploy(Buffer.from(table), other));
      }),
      { seed, numRuns: 20, endOnFailure: true },
    );
  });

  it.runIf(existsSync('/proc/self/status'))(
    'a server with arbitrary input works afterwards and uses little more memory',
    async () => {
      const query = await fetch(`${url}/v0/sql?q=SELECT+1+AS+one`, { headers });
      expect(await query.json()).toMatchObject({ data: [{ one: 1 }] });
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const megabytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
      expect(megabytes).toBeLessThan(MOST_MEGABYTES);
    },
  );
});
