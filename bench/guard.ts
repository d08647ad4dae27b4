/**
 * Measures what the check of the engine's parse of a query adds to a simple query over HTTP: each request with the check
 * and without it, in turn, in one run.
 *
 * Environment variables: ROUNDS=300
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SqlGuard } from '../src/local/engine/guard.js';
import { startLocalServer } from '../src/local/index.js';

const rounds = Number(process.env.ROUNDS ?? 300);
const folder = mkdtempSync(join(tmpdir(), 'atel-bench-'));
const server = await startLocalServer({ dataDir: folder, port: 0 });
try {
  const form = new FormData();
  const things = 'SCHEMA >\n    id UInt32 `json:$.id`\nENGINE_SORTING_KEY "id"';
  const count =
    'NODE n\nSQL >\n    %\n    SELECT count() AS n FROM things WHERE id > {{Int32(least, 0)}}\nTYPE endpoint';
  form.append('data_project://', new File([things], 'things.datasource'));
  form.append('data_project://', new File([count], 'count.pipe'));
  await ask('/v1/build', form);

  const original = Object.getOwnPropertyDescriptor(SqlGuard.prototype, 'checkText');
  if (original === undefined) throw new Error('there is no check to switch off');
  const without = { ...original, value: () => Promise.resolve() };
  const requests: [string, (round: number) => Promise<void>][] = [
    ['a pipe, the same request', () => ask('/v0/pipes/count.json')],
    ['a pipe, another value each time', (round) => ask(`/v0/pipes/count.json?least=${round}`)],
    ['free SQL, the same text', () => ask('/v0/sql', 'SELECT count() AS n FROM things')],
    [
      'free SQL, another text each time',
      (round) => ask('/v0/sql', `SELECT count() + ${round} AS n FROM things`),
    ],
  ];
  console.log('median ms over HTTP without and with the check, the ratio; the same of the CPU time');
  for (const [name, request] of requests) {
    const times: [number[], number[]] = [[], []];
    // Of the client and the server, which are one process. Other programs on the machine do not affect it.
    const work: [number[], number[]] = [[], []];
    for (let round = -20; round < rounds; round += 1) {
      for (const isChecked of [0, 1] as const) {
        Object.defineProperty(SqlGuard.prototype, 'checkText', isChecked === 1 ? original : without);
        const start = performance.now();
        const before = process.cpuUsage();
        await request(round + 1_000);
        const { user, system } = process.cpuUsage(before);
        // The first rounds only warm the caches.
        if (round < 0) continue;
        times[isChecked].push(performance.now() - start);
        work[isChecked].push((user + system) / 1_000);
      }
    }
    console.log(`${name.padEnd(34)} ${compared(times)}   ${compared(work)}`);
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

async function ask(path: string, body?: string | FormData): Promise<void> {
  const response = await fetch(server.url + path, {
    headers: { authorization: 'Bearer local' },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
}

function compared([without, withCheck]: readonly [readonly number[], readonly number[]]): string {
  const [off, on] = [median(without), median(withCheck)];
  return `${off.toFixed(2)}  ${on.toFixed(2)}  ×${(on / off).toFixed(2)}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
