/**
 * Measures the embedded server by itself (`atel tinybird`), beside the same engine used directly, in one run: rows per
 * second through `/v0/events` and of plain inserts of the same NDJSON; a pipe over HTTP and its SQL in the engine; the
 * start with an existing store; memory at rest; and 200 callers at once. Needs `npm run build`.
 *
 * Environment variables: ROWS (500,000), ROUNDS (3 of the inserts), ASKS (500 of the pipe).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Session } from 'chdb';
import { SERVER_ENVIRONMENT } from '../src/base/thread-pool.js';
import { cli } from '../tests/helpers/command-host.js';
import { freePort } from '../tests/helpers/ports.js';
import { columns, quantile } from './measure.js';

const [rows, rounds, asks] = [
  Number(process.env.ROWS ?? 500_000),
  Number(process.env.ROUNDS ?? 3),
  Number(process.env.ASKS ?? 500),
];
const ROWS_PER_REQUEST = 20_000;
const CALLERS = 200;

const root = mkdtempSync(join(tmpdir(), 'atel-bench-local-'));
const project = join(root, 'project');
const port = await freePort();
const url = `http://127.0.0.1:${port}`;

/** The same table for both, and a question over it. */
const table: readonly (readonly [string, string])[] = [
  ['at', 'DateTime64(3)'],
  ['id', 'String'],
  ['kind', 'LowCardinality(String)'],
  ['amount', 'Float64'],
  ['count', 'UInt32'],
];
const question = (source: string, kind: string) =>
  `SELECT kind, count() AS n, sum(amount) AS total FROM ${source} WHERE kind = ${kind} GROUP BY kind`;

const batches = Array.from({ length: Math.ceil(rows / ROWS_PER_REQUEST) }, (_, batch) =>
  Array.from({ length: Math.min(ROWS_PER_REQUEST, rows - batch * ROWS_PER_REQUEST) }, (_, row) => {
    const n = batch * ROWS_PER_REQUEST + row;
    const at = new Date(Date.UTC(2026, 10, 1) + n * 1_000).toISOString().replace('T', ' ').slice(0, 23);
    return JSON.stringify({ at, id: `id-${n}`, kind: `kind-${n % 20}`, amount: n / 8, count: n % 1000 });
  }).join('\n'),
);

function writeProject(): void {
  mkdirSync(project);
  const schema = table.map(([name, type]) => `    \`${name}\` ${type} \`json:$.${name}\``).join(',\n');
  writeFileSync(
    join(project, 'events.datasource'),
    `SCHEMA >\n${schema}\n\nENGINE "MergeTree"\nENGINE_SORTING_KEY "kind, at"\n`,
  );
  const asked = question('events', "{{ String(kind, 'kind-1') }}");
  writeFileSync(join(project, 'totals.pipe'), `NODE totals\nSQL >\n    %\n    ${asked}\n\nTYPE endpoint\n`);
}

/** Starts the server; resolves when it answers, with the milliseconds until then. */
async function start(): Promise<{ server: ChildProcess; ms: number }> {
  const started = performance.now();
  const server = spawn(process.execPath, [cli, 'tinybird', project, '--port', String(port)], {
    env: { PATH: process.env.PATH ?? '', HOME: root, ...SERVER_ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (text: Buffer) => /^ready/m.test(text.toString()) && resolve());
    server.once('exit', (code) => reject(new Error(`atel tinybird ended with ${String(code)}`)));
  });
  return { server, ms: performance.now() - started };
}

async function stop(server: ChildProcess): Promise<void> {
  server.removeAllListeners('exit');
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await gone;
}

const megabytes = ({ pid }: ChildProcess, what: 'VmRSS' | 'VmHWM') =>
  Math.round(
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
  );

async function ask(path: string, body?: string): Promise<Response> {
  return fetch(url + path, {
    headers: { authorization: 'Bearer local' },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
}

/** Milliseconds of some work. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function ingest(): Promise<void> {
  for (const body of batches) {
    const response = await ask('/v0/events?name=events&wait=true', body);
    const text = await response.text();
    if (!text.includes('"quarantined_rows":0')) throw new Error(text);
  }
}

writeProject();
const engine = new Session(join(root, 'engine'));
await engine.queryAsync('CREATE DATABASE plain ENGINE = Atomic');
const [first] = [await start()];
let { server } = first;
try {
  const lines: string[][] = [['', 'embedded server', 'engine', 'ratio']];
  const through: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const body = table.map(([name, type]) => `${name} ${type}`).join(', ');
    await engine.queryAsync('DROP TABLE IF EXISTS plain.events');
    await engine.queryAsync(`CREATE TABLE plain.events (${body}) ENGINE = MergeTree ORDER BY (kind, at)`);
    await ask('/v0/datasources/events/truncate', '');
    through.push(await timed(ingest));
    plain.push(
      await timed(async () => {
        for (const values of batches)
          await engine.insert({ table: 'plain.events', values: Buffer.from(values), format: 'JSONEachRow' });
      }),
    );
  }
  const perSecond = (ms: number) => Math.round(rows / (ms / 1000));
  const [server_, engine_] = [quantile(through, 0.5), quantile(plain, 0.5)];
  lines.push([
    'rows per second, median',
    perSecond(server_).toLocaleString('en'),
    perSecond(engine_).toLocaleString('en'),
    (engine_ / server_).toFixed(2),
  ]);

  const over: number[] = [];
  const direct: number[] = [];
  for (let n = -50; n < asks; n += 1) {
    const kind = `kind-${((n % 20) + 20) % 20}`;
    const one = await timed(async () => (await ask(`/v0/pipes/totals.json?kind=${kind}`)).text());
    const other = await timed(() =>
      engine.queryAsync(question('plain.events', `'${kind}'`), { format: 'JSON' }),
    );
    // The first rounds only warm the caches.
    if (n < 0) continue;
    over.push(one);
    direct.push(other);
  }
  for (const [name, q] of [
    ['a pipe, p50 ms', 0.5],
    ['a pipe, p99 ms', 0.99],
  ] as const) {
    const [a, b] = [quantile(over, q), quantile(direct, q)];
    lines.push([name, a.toFixed(1), b.toFixed(1), `+${(a - b).toFixed(1)} ms`]);
  }

  await stop(server);
  const starts: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    if (n > 0) await stop(server);
    const again = await start();
    server = again.server;
    starts.push(again.ms);
  }
  lines.push(['start with this store, ms', quantile(starts, 0.5).toFixed(0)]);
  lines.push(['memory at rest, MB', String(megabytes(server, 'VmRSS'))]);

  const statuses = new Map<number, number>();
  const waits = await Promise.all(
    Array.from({ length: CALLERS }, (_, n) =>
      timed(async () => {
        const response = await ask(`/v0/pipes/totals.json?kind=kind-${n % 20}`);
        await response.text();
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      }),
    ),
  );
  const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  lines.push([`${CALLERS} callers at once, answers`, answers]);
  lines.push(['their p99, ms', quantile(waits, 0.99).toFixed(0)]);
  lines.push(['memory at most, MB', String(megabytes(server, 'VmHWM'))]);
  console.log(`${rows.toLocaleString('en')} rows, in requests of ${ROWS_PER_REQUEST.toLocaleString('en')}\n`);
  console.log(columns(lines));
} finally {
  await stop(server);
  engine.close();
  rmSync(root, { recursive: true, force: true });
}
