import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homePaths } from '../../src/base/home.js';
import { collect } from '../../src/drain/collect.js';
import { readHookEvent } from '../../src/signals/hook/event.js';
import { parseObject } from '../../src/base/json/json.js';
import type { Recorder } from '../../src/signals/row.js';
import { sessionRows } from '../../src/signals/transcript/session-rows.js';
import { readSession } from '../../src/signals/transcript/session.js';
import { Spool } from '../../src/spool/spool.js';
import { capturedPayloads, capturesFolder, transcriptsFolder } from '../helpers/captures.js';
import { damaged, fuzzSeed } from '../helpers/seeded.js';
import { tempFolder } from '../helpers/temp.js';
import { spooledRows, startTestCollector } from './helpers/collector.js';

/**
 * All external input is read, or refused and counted: no parser of signals throws, hangs, or uses much more memory than
 * the size of its input. An unhandled rejection fails the run.
 */
const seed = fuzzSeed('signals-fuzz');
const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'live' };
const newest = fileURLToPath(new URL('../fixtures/captures-2.1.332', import.meta.url));
const filesIn = (folder: string, end: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(end))
    .map((name) => readFileSync(join(folder, name)));

let residentBefore: number;
beforeAll(() => {
  residentBefore = process.memoryUsage.rss();
});
afterAll(() => {
  // Thousands of inputs of about 100 KB are read, so a memory leak is visible.
  expect((process.memoryUsage.rss() - residentBefore) / 1024 ** 2).toBeLessThan(700);
});

describe('hook payloads', () => {
  const captured = capturedPayloads().map(({ text }) => Buffer.from(text));
  // Some keys with values of any shape, in addition to the damaged real payloads.
  const invented = fc
    .dictionary(
      fc.constantFrom(
        ...[
          'hook_event_name',
          'session_id',
          'prompt_id',
          'agent_id',
          'agent_type',
          'tool_name',
          'tool_input',
        ],
        ...[
          'tool_response',
          'tool_use_id',
          'reason',
          'source',
          'prompt',
          'command_name',
          'command_args',
          'cwd',
        ],
        ...['transcript_path', '__proto__', 'constructor', 'toString'],
      ),
      fc.oneof(
        fc.constantFrom(
          'SessionStart',
          'SubagentStop',
          'PostToolUse',
          'SessionEnd',
          'UserPromptExpansion',
          'Skill',
        ),
        fc.jsonValue({ maxDepth: 4 }),
        fc.string({ unit: 'binary' }),
      ),
    )
    .map((payload) => Buffer.from(JSON.stringify(payload)));
  const payloads = fc.oneof(damaged(captured), invented);

  it('a payload becomes rows that are not larger than it, or nothing', () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: 0, max: 8.64e15 }), (bytes, at) => {
        const payload = parseObject(bytes.toString('utf8'));
        if (payload === undefined) return;
        const { rows } = readHookEvent({ payload, at, captureId: 'c' }, 'shop', recorder);
        // The columns of a row take about 2,000 characters, whatever they contain.
        expect(JSON.stringify(rows).length).toBeLessThan(20_000 + 6 * bytes.length);
      }),
      { seed, numRuns: 1_500 },
    );
  });

  it('every payload leaves the inbox, as an event or counted as unreadable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(payloads, { minLength: 1, maxLength: 20 }), async (some) => {
        const home = tempFolder();
        const paths = homePaths(home);
        mkdirSync(paths.inbox, { recursive: true });
        for (const [index, bytes] of some.entries()) writeFileSync(join(paths.inbox, `${index}.json`), bytes);
        const done = await collect(paths, new Spool(paths.spool), recorder);
        expect(readdirSync(paths.inbox).filter((name) => name !== 'damaged')).toEqual([]);
        expect(done.events + done.unreadable).toBe(some.length);
        expect(done.rows).toBe((await spooledRows(home)).length);
        rmSync(home, { recursive: true, force: true });
      }),
      { seed, numRuns: 12 },
    );
  });
});

describe('transcripts', () => {
  const captured = [
    ...filesIn(transcriptsFolder, '.jsonl'),
    ...filesIn(join(newest, 'transcripts', '-home-dev-shop'), '.jsonl'),
  ];

  it('a transcript is read as far as it is complete', async () => {
    const folder = tempFolder();
    const file = join(folder, '11111111-1111-4111-8111-111111111111.jsonl');
    await fc.assert(
      fc.asyncProperty(damaged(captured), async (bytes) => {
        writeFileSync(file, bytes);
        const read = await readSession(file);
        const lines = bytes.toString('latin1').split('\n').length;
        expect(read.main.corruptLines).toBeLessThanOrEqual(lines);
        expect(read.main.responses.length).toBeLessThanOrEqual(lines);
        const state = { sessionId: 's', project: 'shop', end: null, open: true, stops: {}, skills: [] };
        const rows = sessionRows(read, state, recorder, 1);
        for (const { row } of rows) {
          if (!('input_tokens' in row)) continue;
          for (const count of [row.input_tokens, row.output_tokens])
            expect(count === null || (Number.isSafeInteger(count) && count >= 0), String(count)).toBe(true);
        }
        // Reading it again gives the same rows.
        expect(sessionRows(await readSession(file), state, recorder, 1)).toEqual(rows);
      }),
      { seed, numRuns: 120 },
    );
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('OTLP', () => {
  const captured = (end: string) => filesIn(join(capturesFolder, 'otlp'), end);
  const bodies = {
    json: damaged([...captured('.json'), ...filesIn(join(newest, 'otlp'), '.json')]),
    protobuf: damaged(captured('.pb')),
  };
  const signals = fc.constantFrom('logs', 'metrics', 'traces');
  const content = { json: 'application/json', protobuf: 'application/x-protobuf' };
  const services = {
    logs: 'logs.v1.LogsService',
    metrics: 'metrics.v1.MetricsService',
    traces: 'trace.v1.TraceService',
  };

  /** Runs `work` while a collector listens; at the end the collector must still answer a valid request. */
  async function whileListening(
    work: (ports: { grpcPort: number; httpPort: number }) => Promise<void>,
  ): Promise<void> {
    const home = tempFolder();
    const collector = await startTestCollector(home, { spool: { append: () => Promise.resolve() } });
    try {
      await work(collector);
      const answer = await fetch(`http://127.0.0.1:${collector.httpPort}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"resourceLogs":[]}',
      });
      expect(answer.status).toBe(200);
    } finally {
      await collector.close();
      rmSync(home, { recursive: true, force: true });
    }
  }

  it.each(['json', 'protobuf'] as const)('an HTTP body as %s is accepted or refused', async (encoding) => {
    await whileListening(async ({ httpPort }) => {
      await fc.assert(
        fc.asyncProperty(signals, bodies[encoding], fc.boolean(), async (signal, body, isPacked) => {
          const answer = await fetch(`http://127.0.0.1:${httpPort}/v1/${signal}`, {
            method: 'POST',
            headers: {
              'content-type': content[encoding],
              ...(isPacked && { 'content-encoding': 'gzip' }),
            },
            body: new Uint8Array(isPacked ? gzipSync(body) : body),
          });
          expect([200, 400]).toContain(answer.status);
          await answer.arrayBuffer();
        }),
        { seed, numRuns: 150 },
      );
    });
  });

  it('a damaged gzip body over HTTP is refused', async () => {
    const packed = damaged(captured('.json').map((body) => gzipSync(body)));
    await whileListening(async ({ httpPort }) => {
      await fc.assert(
        fc.asyncProperty(packed, async (body) => {
          const answer = await fetch(`http://127.0.0.1:${httpPort}/v1/logs`, {
            method: 'POST',
            headers: { 'content-type': content.json, 'content-encoding': 'gzip' },
            body: new Uint8Array(body),
          });
          expect([200, 400, 413]).toContain(answer.status);
          await answer.arrayBuffer();
        }),
        { seed, numRuns: 60 },
      );
    });
  });

  it('a body over gRPC is accepted or refused', async () => {
    await whileListening(async ({ grpcPort }) => {
      const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
      const same = (message: Buffer) => message;
      const call = (path: string, body: Buffer) =>
        new Promise<ServiceError | null>((resolve) => {
          client.makeUnaryRequest(path, same, same, body, { deadline: Date.now() + 30_000 }, resolve);
        });
      try {
        await fc.assert(
          fc.asyncProperty(signals, bodies.protobuf, async (signal, body) => {
            const path = `/opentelemetry.proto.collector.${services[signal]}/Export`;
            const error = await call(path, body);
            expect([undefined, status.INVALID_ARGUMENT]).toContain(error?.code);
          }),
          { seed, numRuns: 150 },
        );
      } finally {
        client.close();
      }
    });
  });
});
