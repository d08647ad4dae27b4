import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  Client,
  compressionAlgorithms,
  credentials,
  status,
  type ChannelOptions,
  type ServiceError,
} from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { PortError, type Collector, type CollectorOptions } from '../../../src/collector/index.js';
import { homePaths } from '../../../src/base/home.js';
import { readInbox } from '../../../src/drain/inbox.js';
import { lostTraces, Refusals } from '../../../src/drain/lost.js';
import { parseMessage, writeMessage } from '../../../src/signals/otel/protobuf.js';
import { Spool } from '../../../src/spool/spool.js';
import { capturedPayloads, capturesFolder } from '../../helpers/captures.js';
import { tempFolder } from '../../helpers/temp.js';
import { spooledRows, startTestCollector } from '../helpers/collector.js';

const capture = (name: string) => readFileSync(join(capturesFolder, 'otlp', name));

let home: string;
let collector: Collector;
let kicks: number;
let stopped: (() => Promise<void>)[];

async function start(options: Partial<CollectorOptions> = {}): Promise<void> {
  collector = await startTestCollector(home, { onRows: () => (kicks += 1), ...options });
  stopped.push(() => collector.close());
}

beforeEach(() => {
  home = tempFolder();
  kicks = 0;
  stopped = [];
});
afterEach(async () => {
  for (const stop of stopped) await stop();
});

const json = { 'content-type': 'application/json' };
const protobuf = { 'content-type': 'application/x-protobuf' };

const post = (path: string, body: Uint8Array | string, headers: Record<string, string>) =>
  fetch(`http://127.0.0.1:${collector.httpPort}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers,
  });

const spooled = () => spooledRows(home);

/** Calls a gRPC method with raw bytes. */
function callGrpc(path: string, body: Uint8Array, options: ChannelOptions = {}): Promise<Buffer> {
  const client = new Client(`127.0.0.1:${collector.grpcPort}`, credentials.createInsecure(), options);
  const bytes = (message: Buffer) => message;
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(path, bytes, bytes, Buffer.from(body), (error, answer) => {
      if (error !== null) reject(error);
      else resolve(answer ?? Buffer.alloc(0));
    });
  }).finally(() => client.close());
}

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** The rows of the capture 02-logs: 25 records, each stored as it was sent and as our own row. */
const ROWS_OF_LOGS = 50;

describe('OTLP over HTTP', () => {
  beforeEach(() => start());

  it('JSON is acknowledged with {} when the rows are on disk', async () => {
    const answer = await post('/v1/logs', capture('01-logs.json'), json);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({});
    const rows = await spooled();
    expect(rows.filter(({ table }) => table === 'api_requests')).toHaveLength(10);
    expect(kicks).toBe(1);
  });

  it('protobuf is acknowledged with an empty message of its type', async () => {
    const answer = await post('/v1/traces', capture('10-traces.pb'), protobuf);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    expect((await spooled()).filter(({ table }) => table === 'otel_traces')).toHaveLength(2);
  });

  it('gzip and media types with parameters are accepted', async () => {
    const answer = await post('/v1/metrics', gzipSync(capture('04-metrics.json')), {
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'gzip',
    });
    expect(answer.status).toBe(200);
    // The capture has 26 data points.
    expect(await spooled()).toHaveLength(26);
  });

  it('records that no table can hold are refused and counted, the others of the request are accepted', async () => {
    const point = { timeUnixNano: '1795171772000000000', asDouble: 1 };
    const request = {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'kept', gauge: { dataPoints: [point] } },
                { name: 'left', summary: { dataPoints: [{}, {}] } },
                { name: 'odd', gauge: { dataPoints: [{ ...point, asDouble: 'NaN' }] } },
              ],
            },
          ],
        },
      ],
    };
    const answer = await post('/v1/metrics', JSON.stringify(request), json);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '3',
        errorMessage: 'no table for metrics of kind summary; value that is not a finite number',
      },
    });
    expect(await spooled()).toMatchObject([{ table: 'otel_metrics_gauge', row: { metric_name: 'kept' } }]);
  });

  it.each([
    ['not JSON', '/v1/logs', '{', json],
    ['JSON of another shape', '/v1/logs', '[1]', json],
    ['a request for another signal', '/v1/logs', '{"resourceSpans":[]}', json],
    ['not protobuf', '/v1/traces', 'text that is no protobuf', protobuf],
    ['not gzip', '/v1/logs', '{}', { ...json, 'content-encoding': 'gzip' }],
    ['truncated gzip', '/v1/logs', gzipSync('{}').subarray(0, 15), { ...json, 'content-encoding': 'gzip' }],
    ['truncated protobuf', '/v1/logs', capture('13-logs.pb').subarray(0, 5_000), protobuf],
  ])('a body that is %s gets 400 without Retry-After', async (_, path, body, headers) => {
    const answer = await post(path, body, headers);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(await spooled()).toEqual([]);
  });

  it('nothing of an interrupted upload is kept, and the collector continues', async () => {
    const body = capture('02-logs.json');
    const cut = connect(collector.httpPort, '127.0.0.1');
    const closed = new Promise((resolve) => cut.once('close', resolve));
    const head = `POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    cut.resume();
    cut.write(head);
    cut.end(body.subarray(0, body.length / 2));
    await closed;
    expect(await spooled()).toEqual([]);
    expect((await post('/v1/logs', body, json)).status).toBe(200);
    expect(await spooled()).toHaveLength(ROWS_OF_LOGS);
  });

  it('a value with extreme nesting is accepted without its deepest levels', async () => {
    const depth = 50_000;
    const value = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${']}}'.repeat(depth)}`;
    const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":${value}},{"timeUnixNano":"1","body":{"stringValue":"next"}}]}]}]}`;
    expect((await post('/v1/logs', body, json)).status).toBe(200);
    expect((await spooled()).map(({ row }) => String(row.body).length < 100)).toEqual([true, true]);
  });

  it('an error is reported in the encoding of the request', async () => {
    const answer = await post('/v1/logs', 'text that is no protobuf', protobuf);
    const parsed = parseMessage(new Uint8Array(await answer.arrayBuffer()), 'Status');
    expect(parsed).toMatchObject({ request: { code: 3 } });
    expect(JSON.stringify(parsed)).toContain('ExportLogsServiceRequest');
  });

  it.each([
    ['another media type', { 'content-type': 'text/plain' }],
    ['no media type', {}],
    ['a name that every object has', { 'content-type': 'constructor' }],
    ['another compression', { ...json, 'content-encoding': 'zstd' }],
  ])('%s is answered with 415', async (_, headers) => {
    expect((await post('/v1/logs', new Uint8Array([123, 125]), headers)).status).toBe(415);
  });

  it('the health route answers', async () => {
    const answer = await fetch(`http://localhost:${collector.httpPort}/health`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        status: 'ok',
        service: 'atel-collector',
        version: packageJson.version,
        uptimeSec: expect.any(Number) as number,
        queue: 0,
      },
    ]);
  });

  it('other paths are not found', async () => {
    expect((await post('/v1/profiles', '{}', json)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${collector.httpPort}/v1/logs`)).status).toBe(404);
  });
});

describe('a request that is too large', () => {
  beforeEach(() => start({ maxBodyBytes: 1_000 }));

  it('a request that is too large is refused by its length', async () => {
    expect((await post('/v1/logs', ' '.repeat(1_001), json)).status).toBe(413);
  });

  it('a request that is too large uncompressed is refused', async () => {
    const packed = gzipSync(' '.repeat(100_000));
    expect(packed.byteLength).toBeLessThan(1_000);
    expect((await post('/v1/logs', packed, { ...json, 'content-encoding': 'gzip' })).status).toBe(413);
  });

  it('a request that is too large uncompressed is refused over gRPC', async () => {
    const packed = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    await expect(callGrpc(LOGS, new Uint8Array(100_000), packed)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });

  it('a request that is too large is refused over gRPC', async () => {
    await expect(callGrpc(LOGS, new Uint8Array(2_000))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });
});

describe('a disk that cannot be written to', () => {
  const full = { append: () => Promise.reject(new Error('ENOSPC: no space left on device')) };

  it('HTTP is answered with 503 and Retry-After, and nothing is acknowledged', async () => {
    await start({ spool: full });
    const answer = await post('/v1/logs', capture('02-logs.json'), json);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('ENOSPC') as string });
    expect(kicks).toBe(0);
  });

  it('gRPC is answered with UNAVAILABLE after a while', async () => {
    await start({ spool: full });
    await expect(callGrpc(LOGS, capture('09-logs.pb'))).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });

  it('a request that is not repeated counts as lost, and a hook payload at once', async () => {
    const paths = homePaths(home);
    const later = () => lostTraces(paths, Date.now() + 61_000).reduce((sum, { events }) => sum + events, 0);
    let isFull = true;
    const spool = new Spool(paths.spool);
    const append: Spool['append'] = (rows) => (isFull ? full.append() : spool.append(rows));
    mkdirSync(paths.inbox, { recursive: true });
    await start({ spool: { append }, refusals: new Refusals(paths) });
    const send = (name: string) => post('/v1/logs', capture(name), json);
    const rows = async (name: string) => {
      const before = (await spooled()).length;
      expect((await send(name)).status).toBe(200);
      return (await spooled()).length - before;
    };
    for (let n = 0; n < 3; n += 1) expect((await send('02-logs.json')).status).toBe(503);
    const counted = later();
    expect(counted).toBe(ROWS_OF_LOGS);
    // The exporter may still repeat it: exporters retry for 10 seconds.
    expect(lostTraces(paths)).toEqual([]);
    isFull = false;
    expect(await rows('02-logs.json')).toBe(counted);
    expect(later()).toBe(0);
    // A restart in between changes nothing.
    isFull = true;
    expect((await send('02-logs.json')).status).toBe(503);
    await start({ refusals: new Refusals(paths) });
    expect((await send('02-logs.json')).status).toBe(200);
    expect(later()).toBe(0);

    rmSync(paths.inbox, { recursive: true });
    writeFileSync(paths.inbox, 'in the way');
    expect((await post('/v1/hooks', '{"hook_event_name":"Stop"}', json)).status).toBe(503);
    const traces = lostTraces(paths);
    expect(traces.map(({ events }) => events)).toEqual([1]);
    for (const { file } of traces) rmSync(file);
  });

  it('a folder that cannot be made has the same effect', async () => {
    writeFileSync(join(home, 'spool'), 'in the way');
    writeFileSync(join(home, 'inbox'), 'in the way');
    await start();
    expect((await post('/v1/logs', capture('02-logs.json'), json)).status).toBe(503);
    expect((await post('/v1/hooks', '{"hook_event_name":"Stop"}', json)).status).toBe(503);
  });
});

describe('OTLP over gRPC', () => {
  beforeEach(() => start());

  it('the captured requests are accepted', async () => {
    expect(await callGrpc(LOGS, capture('13-logs.pb'))).toHaveLength(0);
    expect((await spooled()).filter(({ table }) => table === 'api_requests')).toHaveLength(2);
  });

  it('the answer has the number of refused records', async () => {
    const metrics = [{ name: 'left', summary: { dataPoints: [{}, {}] } }];
    const body = writeMessage('ExportMetricsServiceRequest', {
      resourceMetrics: [{ scopeMetrics: [{ metrics }] }],
    });
    const answer = await callGrpc('/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', body);
    expect(parseMessage(answer, 'ExportServiceResponse')).toEqual({
      request: { partialSuccess: { rejected: '2', errorMessage: 'no table for metrics of kind summary' } },
    });
  });

  it('an invalid body is answered with INVALID_ARGUMENT', async () => {
    const error = await callGrpc(LOGS, Buffer.from('text that is no protobuf')).catch(
      (reason: unknown) => reason,
    );
    expect((error as ServiceError).code).toBe(status.INVALID_ARGUMENT);
  });
});

describe('a hook payload', () => {
  beforeEach(() => start());
  const inbox = () => join(home, 'inbox');

  it('a hook payload waits in the inbox for the drain, and the answer has no body', async () => {
    for (const { text } of capturedPayloads()) {
      const answer = await post('/v1/hooks', text, json);
      expect([answer.status, await answer.text()]).toEqual([202, '']);
    }
    const entries = [];
    for await (const batch of readInbox(inbox())) entries.push(...batch);
    expect(entries.map((entry) => (entry.event === null ? null : entry.event.payload))).toEqual(
      capturedPayloads().map(({ payload }) => payload),
    );
    expect(kicks).toBe(capturedPayloads().length);
  });

  it('only the owner can read it', async () => {
    await post('/v1/hooks', '{"hook_event_name":"Stop"}', json);
    const [name] = readdirSync(inbox());
    expect(statSync(inbox()).mode & 0o777).toBe(0o700);
    expect(statSync(join(inbox(), name ?? '')).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{', '[]', '"text"'])('a body that is not a JSON object is refused: %s', async (body) => {
    expect((await post('/v1/hooks', body, json)).status).toBe(400);
    mkdirSync(inbox(), { recursive: true });
    expect(readdirSync(inbox())).toEqual([]);
  });

  it('a payload that a form sent is refused', async () => {
    expect((await post('/v1/hooks', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('many senders at once', () => {
  it('many senders at once share segments, and each is acknowledged', async () => {
    await start();
    const body = capture('02-logs.json');
    const answers = await Promise.all(Array.from({ length: 60 }, () => post('/v1/logs', body, json)));
    expect(answers.every(({ status: code }) => code === 200)).toBe(true);
    const once = (await spooled()).length / 60;
    expect(once).toBe(ROWS_OF_LOGS);
    expect(readdirSync(join(home, 'spool', 'segments')).length).toBeLessThan(60);
  });
});

describe('the collector', () => {
  it('the collector listens only on the loopback address', async () => {
    await start();
    const other = createServer();
    // The port is free on all other addresses.
    const listening = new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.listen(collector.httpPort, '127.0.0.2', resolve);
    });
    await expect(listening).resolves.toBeUndefined();
    await new Promise((resolve) => other.close(resolve));
  });

  it('the collector says which port is in use, and releases the other', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(start({ grpcPort: port })).rejects.toThrow(PortError);
    await expect(start({ httpPort: port })).rejects.toThrow(`127.0.0.1:${port}`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('requests that arrive while the collector closes are on disk', async () => {
    const spool = new Spool(join(home, 'spool'));
    let arrived: () => void = () => undefined;
    let allow: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => (arrived = resolve));
    const mayWrite = new Promise<void>((resolve) => (allow = resolve));
    await start({
      spool: {
        append: async (rows) => {
          arrived();
          await mayWrite;
          await spool.append(rows);
        },
      },
    });
    const answer = post('/v1/logs', capture('02-logs.json'), json);
    await isThere;
    const closed = collector.close();
    allow();
    await closed;
    expect((await answer).status).toBe(200);
    expect(await spooled()).toHaveLength(ROWS_OF_LOGS);
    stopped = [];
  });
});
