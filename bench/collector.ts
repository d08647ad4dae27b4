/**
 * Measures the collector, per encoding: log records per second; how long a sender waits for its acknowledgement, which
 * comes when the rows are on disk; and the CPU time of the collector per record, which does not depend on other
 * programs on the machine. The store is in one of three states: healthy, with a drain that empties the spool into it;
 * slow, behind a proxy that delays each answer; and down. When the store is reachable again, the drain is told not to
 * wait (as `atel flush` does), and the rows are counted: each record must be stored exactly once. Exits with 1 if one
 * is not. Needs `npm run build`.
 *
 * `npx tsx bench/collector.ts`, environment variables: RECORDS=10000 BATCH=100 SENDERS=8 SLOW_MS=200
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deployCatalogue } from '../src/cli/shared/catalogue.js';
import { createTinybirdClient } from '../src/store/client.js';
import type { TinybirdClient } from '../src/store/client-types.js';
import { startCollector } from '../src/collector/index.js';
import { loadConfig } from '../src/base/config.js';
import { drain } from '../src/drain/drain.js';
import { startLocalServer } from '../src/local/index.js';
import { Spool } from '../src/spool/spool.js';
import { exportRequests, protocols, sendAll, type Ports, type Protocol } from './otlp-load.js';

const RECORDS = Number(process.env.RECORDS ?? 10_000);
const BATCH = Number(process.env.BATCH ?? 100);
const SENDERS = Number(process.env.SENDERS ?? 8);
const SLOW_MS = Number(process.env.SLOW_MS ?? 200);

/** How long a drain waits for more rows before it looks again, as in `atel up`, milliseconds. */
const GATHER_MS = 300;

/** Rows that are not delivered after this long count as not delivered, milliseconds. */
const DELIVERED_WITHIN_MS = 300_000;

const states = ['healthy', 'slow', 'down'] as const;
type StoreState = (typeof states)[number];

/** The roles of this file's processes, which are separate, as they are in use. */
const roles: Record<string, (...args: string[]) => Promise<void>> = {
  '--collect': collect,
  '--drain': drainOften,
  '--store': serveStore,
};

const [, , role = '', ...args] = process.argv;
await (roles[role] ?? main)(...args);

async function collect(home: string): Promise<void> {
  const recorder = { device: 'bench', privacyTier: 1, origin: 'live' } as const;
  const { grpcPort, httpPort } = await startCollector({ grpcPort: 0, httpPort: 0, home, recorder });
  process.send?.({ grpcPort, httpPort });
}

/** Drains again and again; on request, without waiting after a failure. */
async function drainOften(home: string, url: string): Promise<void> {
  const env = { AGENT_TELEMETRY_HOME: home, TINYBIRD_URL: url };
  const config = loadConfig({ env, homeDir: home, platform: process.platform });
  let insist = false;
  process.on('message', (next: boolean) => (insist = next));
  process.send?.('ready');
  for (;;) {
    await drain(config, { insist, startServer: false });
    await sleep(GATHER_MS);
  }
}

/** The embedded store, behind a proxy that slows it down or makes it unreachable. */
async function serveStore(folder: string): Promise<void> {
  const catalogue = fileURLToPath(new URL('../dist/catalogue.json', import.meta.url));
  const store = await startLocalServer({
    dataDir: folder,
    port: 0,
    prepare: ({ fetch, adminToken }) => deployCatalogue(catalogue, fetch, adminToken),
  });
  let state: StoreState = 'healthy';
  const proxy = createServer((request, response) => {
    if (state === 'down') return request.socket.destroy();
    const { method = 'GET', headers, url = '/' } = request;
    const forward = httpRequest(new URL(url, store.url), { method, headers }, (answer) => {
      const pass = () => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
      setTimeout(pass, state === 'slow' ? SLOW_MS : 0);
    });
    forward.on('error', () => response.destroy());
    request.pipe(forward);
  });
  process.on('message', (next: StoreState) => {
    state = next;
    if (state === 'down') proxy.closeAllConnections();
    process.send?.(state);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  process.send?.({ store: store.url, proxy: `http://localhost:${(proxy.address() as AddressInfo).port}` });
}

/** What a measurement uses. */
interface Bench {
  home: string;
  ports: Ports;
  collector: ChildProcess;
  drainer: ChildProcess;
  store: ChildProcess;
  client: TinybirdClient;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atel-bench-'));
  const home = join(folder, 'home');
  const children: ChildProcess[] = [];
  const begin = (...args: string[]) => {
    const child = start(...args);
    children.push(child);
    return child;
  };
  try {
    const store = begin('--store', join(folder, 'store'));
    const collector = begin('--collect', home);
    const [urls, ports] = await Promise.all([
      answer<{ store: string; proxy: string }>(store),
      answer<Ports>(collector),
    ]);
    const drainer = begin('--drain', home, urls.proxy);
    await answer(drainer);
    const client = createTinybirdClient({ baseUrl: urls.store, token: 'local', timeoutMs: 60_000 });
    await report({ home, ports, collector, drainer, store, client });
  } finally {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function report(bench: Bench): Promise<void> {
  console.log(
    `${RECORDS} records of Claude Code, ${BATCH} a request, ${SENDERS} senders at once; slow: ${SLOW_MS} ms more an answer\n`,
  );
  // The first requests warm up the code.
  for (const protocol of protocols) await load(protocol, `${protocol.name}-warm`, 20 * BATCH, bench);
  await delivered(bench);
  const head = ['', 'store', 'records/s', 'CPU us/record', 'median ms', 'p99 ms', 'max ms', 'segments left'];
  const rows = [[...head, 'stored after s', 'requests / sightings / logs', 'lost', 'twice', 'MB']];
  for (const state of states)
    for (const protocol of protocols) rows.push(await measure(protocol, state, bench));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(row.map((cell, n) => cell[n < 2 ? 'padEnd' : 'padStart'](widths[n] ?? 0)).join('  '));
  const isWhole = rows.slice(1).every((row) => row.at(-3) === '0' && row.at(-2) === '0');
  console.log(isWhole ? '\nEvery record is in the store once.' : '\nRecords are missing or there twice.');
  process.exitCode = isWhole ? 0 : 1;
}

async function measure(protocol: Protocol, state: StoreState, bench: Bench): Promise<string[]> {
  const session = `${protocol.name}-${state}`;
  await turn(bench, state);
  const { waits, seconds, cpu } = await load(protocol, session, RECORDS, bench);
  const left = (await waiting(bench)).length;
  if (state === 'down') await turn(bench, 'healthy');
  const storedAfter = await delivered(bench);
  await turn(bench, 'healthy');
  const { rows, lost, twice } = await count(session, bench.client);
  const sorted = waits.sort((a, b) => a - b);
  const quantile = (q: number) => (sorted[Math.ceil(q * sorted.length) - 1] ?? NaN).toFixed(1);
  return [
    protocol.name,
    state,
    Math.round(RECORDS / seconds).toString(),
    Number.isNaN(cpu) ? '' : Math.round((cpu * 1e6) / RECORDS).toString(),
    ...[0.5, 0.99, 1].map(quantile),
    left.toString(),
    storedAfter.toFixed(1),
    ...[rows, lost, twice].map(String),
    residentMegabytes(bench.collector.pid ?? 0),
  ];
}

/**
 * Sends records. Returns how long each request waited, milliseconds; and the total time and the CPU time of the
 * collector, seconds.
 */
async function load(protocol: Protocol, session: string, records: number, { ports, collector }: Bench) {
  const bodies = exportRequests(session, records, BATCH).map((request) => protocol.encode(request));
  const connection = protocol.connect(ports, SENDERS);
  const worked = cpuSeconds(collector.pid ?? 0);
  const began = performance.now();
  const waits = await sendAll(bodies, connection.send, SENDERS);
  const seconds = (performance.now() - began) / 1_000;
  connection.close();
  return { waits, seconds, cpu: cpuSeconds(collector.pid ?? 0) - worked };
}

/** Resolves when the spool is empty, or when that takes too long, with the time it took, seconds. */
async function delivered(bench: Bench): Promise<number> {
  const began = performance.now();
  bench.drainer.send(true);
  while ((await waiting(bench)).length > 0 && performance.now() - began < DELIVERED_WITHIN_MS)
    await sleep(50);
  bench.drainer.send(false);
  return (performance.now() - began) / 1_000;
}

function waiting({ home }: Bench): Promise<string[]> {
  return new Spool(join(home, 'spool')).waiting();
}

/** Counts a session's rows in the store: each record must be one request, one sighting of it, and one log. */
async function count(session: string, client: TinybirdClient) {
  const [counted] = await client.sql(`
    SELECT
      toUInt32(r.n) AS requests, toUInt32(s.n) AS sightings, toUInt32(l.n) AS logs,
      toUInt32(least(r.ids, s.ids, l.ids)) AS found
    FROM
      (SELECT count() AS n, uniqExact(request_key) AS ids FROM requests FINAL WHERE week = toMonday(timestamp) AND substring(best_session_id, 2) = '${session}') AS r,
      (SELECT count() AS n, uniqExact(request_id) AS ids FROM api_requests FINAL WHERE session_id = '${session}') AS s,
      (
        SELECT count() AS n, uniqExact(LogAttributes['request_id']) AS ids
        FROM otel_logs FINAL
        WHERE LogAttributes['session.id'] = '${session}'
      ) AS l`);
  const figure = (name: string) => Number(counted?.[name]);
  const rows = [figure('requests'), figure('sightings'), figure('logs')];
  const found = figure('found');
  return { rows: rows.join(' / '), lost: RECORDS - found, twice: Math.max(...rows) - found };
}

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** The next message of a process. Fails if the process ends instead. */
async function answer<T>(child: ChildProcess): Promise<T> {
  const over = new AbortController();
  const gone = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error(`a process ended early: ${child.spawnargs.join(' ')}`);
  });
  gone.catch(() => undefined);
  const said = once(child, 'message', { signal: over.signal }) as Promise<[T]>;
  try {
    return (await Promise.race([said, gone]))[0];
  } finally {
    over.abort();
  }
}

async function turn({ store }: Bench, state: StoreState): Promise<void> {
  store.send(state);
  await answer(store);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** CPU time of a process, seconds; NaN if the system does not report it. Independent of other load. */
function cpuSeconds(pid: number): number {
  try {
    // Only on Linux, in hundredths of a second: user and system time are fields 14 and 15; the name may contain spaces.
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return NaN;
  }
}

function residentMegabytes(pid: number): string {
  try {
    // Only on Linux; elsewhere the column stays empty.
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toString();
  } catch {
    return '';
  }
}
