/**
 * What the collector takes: log records per second for each encoding, and how long a sender waits for its
 * acknowledgement, which comes when the rows are on disk. The store is no part of it: nothing is drained.
 * Every record is looked for in the spool afterwards.
 *
 *   npx tsx bench/collector.ts        RECORDS=100000 BATCH=100 SENDERS=8
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Client, credentials } from '@grpc/grpc-js';
import { startCollector } from '../src/collector/index.js';
import { writeMessage } from '../src/signals/otel/protobuf.js';
import { Spool } from '../src/spool/spool.js';

const RECORDS = Number(process.env.RECORDS ?? 100_000);
const BATCH = Number(process.env.BATCH ?? 100);
const SENDERS = Number(process.env.SENDERS ?? 8);

interface Ports {
  grpcPort: number;
  httpPort: number;
}

/** Sends one body and resolves when it is acknowledged. */
type Send = (body: Buffer) => Promise<void>;

interface Protocol {
  name: string;
  encode: (request: Record<string, unknown>) => Buffer;
  connect: (ports: Ports) => Send;
}

const protocols: Protocol[] = [
  {
    name: 'grpc',
    encode: (request) => Buffer.from(writeMessage('ExportLogsServiceRequest', request)),
    connect: ({ grpcPort }) => overGrpc(grpcPort),
  },
  {
    name: 'http/protobuf',
    encode: (request) => Buffer.from(writeMessage('ExportLogsServiceRequest', request)),
    connect: ({ httpPort }) => overHttp(httpPort, 'application/x-protobuf'),
  },
  {
    name: 'http/json',
    encode: (request) => Buffer.from(JSON.stringify(request)),
    connect: ({ httpPort }) => overHttp(httpPort, 'application/json'),
  },
];

if (process.argv[2] === '--serve') await serve(process.argv[3] ?? '');
else await main();

/** The collector has a process of its own, as it has beside Claude Code. */
async function serve(home: string): Promise<void> {
  const recorder = { device: 'bench', privacyTier: 1, origin: 'live' } as const;
  const { grpcPort, httpPort } = await startCollector({ grpcPort: 0, httpPort: 0, home, recorder });
  console.log(JSON.stringify({ grpcPort, httpPort }));
}

async function main(): Promise<void> {
  console.log(`${RECORDS} records of Claude Code, ${BATCH} a request, ${SENDERS} senders at once\n`);
  const head = ['', 'records/s', 'median ms', 'p99 ms', 'max ms', 'rows on disk', 'segments', 'lost', 'MB'];
  const rows: string[][] = [];
  for (const protocol of protocols) rows.push(await measure(protocol));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [head, ...rows]) {
    console.log(
      row.map((cell, column) => cell[column === 0 ? 'padEnd' : 'padStart'](widths[column] ?? 0)).join('  '),
    );
  }
}

async function measure({ name, encode, connect }: Protocol): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'atel-bench-'));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(import.meta.url), '--serve', home],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const ports = await new Promise<Ports>((resolve) =>
      child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Ports)),
    );
    const bodies = Array.from({ length: Math.ceil(RECORDS / BATCH) }, (_, n) => encode(requestOf(n)));
    // The first requests warm the code up; their records are sent again and known by their ids.
    await sendAll(bodies.slice(0, 40), connect(ports));
    const start = performance.now();
    const waits = await sendAll(bodies, connect(ports));
    const seconds = (performance.now() - start) / 1_000;
    const sorted = waits.sort((a, b) => a - b);
    const quantile = (q: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN).toFixed(1);
    const { found, rows, segments } = await countSpooled(home);
    return [
      name,
      Math.round((bodies.length * BATCH) / seconds).toString(),
      quantile(0.5),
      quantile(0.99),
      quantile(1),
      rows.toString(),
      segments.toString(),
      (bodies.length * BATCH - found).toString(),
      residentMegabytes(child.pid ?? 0),
    ];
  } finally {
    child.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Sends every body, so many at once. Yields how long each waited for its acknowledgement, milliseconds. */
async function sendAll(bodies: readonly Buffer[], send: Send): Promise<number[]> {
  const waits: number[] = [];
  const queue = bodies.values();
  const sender = async () => {
    for (const body of queue) {
      const start = performance.now();
      await send(body);
      waits.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return waits;
}

/** Requests whose record is in the spool, each once however often it was sent. */
async function countSpooled(home: string): Promise<{ found: number; rows: number; segments: number }> {
  const spool = new Spool(join(home, 'spool'));
  const names = await spool.waiting();
  const found = new Set<unknown>();
  let rows = 0;
  for (const name of names) {
    const segment = await spool.read(name);
    rows += segment.rows.length;
    for (const { table, row } of segment.rows) if (table === 'api_requests') found.add(row.request_id);
  }
  return { found: found.size, rows, segments: names.length };
}

function requestOf(n: number): Record<string, unknown> {
  const logRecords = Array.from({ length: BATCH }, (_, index) => record(n * BATCH + index));
  const attributes = [
    text('service.name', 'claude-code'),
    text('service.version', '2.1.197'),
    text('os.type', 'linux'),
  ];
  const scope = { name: 'com.anthropic.claude_code.events', version: '2.1.197' };
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope, logRecords }] }] };
}

/** An `api_request` event with the attributes that 2.1.197 sends. */
function record(n: number): Record<string, unknown> {
  const timeUnixNano = (1_795_171_772_000_000_000n + BigInt(n) * 1_000_000n).toString();
  return {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    body: { stringValue: 'claude_code.api_request' },
    attributes: [
      text('user.id', 'd5ac158c9533cd8fde8456f56dd596d871f35825deb0ea3a58f22b0ae2ecdcc1'),
      text('session.id', '11111111-1111-4111-8111-111111111111'),
      text('terminal.type', 'xterm'),
      text('event.name', 'api_request'),
      text('event.timestamp', '2026-11-20T10:49:32.641Z'),
      number('event.sequence', n),
      text('prompt.id', 'c4a27fdf-88be-4e7b-8c6d-60032a090d1a'),
      text('model', 'claude-opus-4-8'),
      number('input_tokens', 994),
      number('output_tokens', 56 + (n % 500)),
      number('cache_read_tokens', 18_720),
      number('cache_creation_tokens', 553),
      { key: 'cost_usd', value: { doubleValue: 0.01918625 } },
      number('cost_usd_micros', 19_186),
      number('duration_ms', 18),
      text('request_id', `req_${n}`),
      text('speed', 'normal'),
      text('query_source', 'sdk'),
      text('effort', 'high'),
    ],
  };
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function number(key: string, intValue: number) {
  return { key, value: { intValue } };
}

function overHttp(port: number, contentType: string): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const options = { host: '127.0.0.1', port, path: '/v1/logs', method: 'POST', agent };
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': contentType, 'content-length': body.byteLength };
      const request = httpRequest({ ...options, headers }, (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode ?? 0}`)),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
}

function overGrpc(port: number): Send {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
  const bytes = (message: Buffer) => message;
  return (body) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, bytes, bytes, body, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
}

function residentMegabytes(pid: number): string {
  try {
    // Linux alone tells; elsewhere the column stays empty.
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toString();
  } catch {
    return '';
  }
}
