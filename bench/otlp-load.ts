/** Makes log records of Claude Code, and sends them to a collector with each of the three protocols. */
import { Agent, request as httpRequest } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Client, credentials } from '@grpc/grpc-js';
import { writeMessage } from '../src/signals/otel/protobuf.js';

export interface Ports {
  grpcPort: number;
  httpPort: number;
}

/** Sends one body and resolves when it is acknowledged. */
type Send = (body: Buffer) => Promise<void>;

export interface Protocol {
  name: string;
  encode: (request: Record<string, unknown>) => Buffer;
  connect: (ports: Ports, senders: number) => Connection;
}

export interface Connection {
  send: Send;
  close: () => void;
}

const protobuf = (request: Record<string, unknown>) =>
  Buffer.from(writeMessage('ExportLogsServiceRequest', request));

export const protocols: readonly Protocol[] = [
  { name: 'grpc', encode: protobuf, connect: ({ grpcPort }) => overGrpc(grpcPort) },
  {
    name: 'http/protobuf',
    encode: protobuf,
    connect: ({ httpPort }, senders) => overHttp(httpPort, 'application/x-protobuf', senders),
  },
  {
    name: 'http/json',
    encode: (request) => Buffer.from(JSON.stringify(request)),
    connect: ({ httpPort }, senders) => overHttp(httpPort, 'application/json', senders),
  },
];

/** Sends all bodies, `senders` at a time. Returns how long each waited for its acknowledgement, milliseconds. */
export async function sendAll(bodies: readonly Buffer[], send: Send, senders: number): Promise<number[]> {
  const waits: number[] = [];
  const queue = bodies.values();
  const sender = async () => {
    for (const body of queue) {
      const start = performance.now();
      await send(body);
      waits.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return waits;
}

/** Requests with this number of records in total, each record with its own request id, in the named session. */
export function exportRequests(session: string, records: number, batch: number): Record<string, unknown>[] {
  const attributes = [
    text('service.name', 'claude-code'),
    text('service.version', '2.1.197'),
    text('os.type', 'linux'),
  ];
  const scope = { name: 'com.anthropic.claude_code.events', version: '2.1.197' };
  return Array.from({ length: Math.ceil(records / batch) }, (_, n) => {
    const first = n * batch;
    const length = Math.min(batch, records - first);
    const logRecords = Array.from({ length }, (_, index) => record(session, first + index));
    return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope, logRecords }] }] };
  });
}

/** An `api_request` event with the attributes that client 2.1.197 sends. */
function record(session: string, n: number): Record<string, unknown> {
  const timeUnixNano = (1_795_171_772_000_000_000n + BigInt(n) * 1_000_000n).toString();
  return {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    body: { stringValue: 'claude_code.api_request' },
    attributes: [
      text('user.id', 'd5ac158c9533cd8fde8456f56dd596d871f35825deb0ea3a58f22b0ae2ecdcc1'),
      text('session.id', session),
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
      text('request_id', `req_${session}_${n}`),
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

function overHttp(port: number, contentType: string, senders: number): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const options = { host: '127.0.0.1', port, path: '/v1/logs', method: 'POST', agent };
  const send: Send = (body) =>
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
  return { send, close: () => agent.destroy() };
}

function overGrpc(port: number): Connection {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
  const bytes = (message: Buffer) => message;
  const send: Send = (body) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, bytes, bytes, body, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  return { send, close: () => client.close() };
}
