import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billedRequests, capturesFolder, clientResults, sessions } from '../../../tests/helpers/captures.js';
import type { ApiRequestRow, TelemetryEventRow } from '../../datasources/index.js';
import type { SignalRow } from '../row.js';
import type { FactContext } from './claude/event.js';
import { readExport, type Encoding, type Signal } from './export.js';
import { parseMessage, writeMessage } from './protobuf.js';

const context: FactContext = {
  recorder: { device: 'test', privacyTier: 1, origin: 'live' },
  projectOf: () => 'shop-1',
};

interface Body {
  name: string;
  signal: Signal;
  encoding: Encoding;
  body: Buffer;
}

const folder = join(capturesFolder, 'otlp');
const bodies: Body[] = readdirSync(folder)
  .sort()
  .map((name) => ({
    name,
    signal: name.replace(/^\d+-(\w+)\..*$/, '$1') as Signal,
    encoding: name.endsWith('.json') ? 'json' : 'protobuf',
    body: readFileSync(join(folder, name)),
  }));

function rowsOf({ signal, encoding, body }: Omit<Body, 'name'>): SignalRow[] {
  const read = readExport(signal, encoding, body, context);
  if ('problem' in read) throw new Error(read.problem.message);
  expect(read.refused.count).toBe(0);
  return read.records;
}

const allRows = () => bodies.flatMap(rowsOf);
const requestsIn = (rows: SignalRow[]): ApiRequestRow[] =>
  rows.flatMap((one) => (one.table === 'api_requests' ? [one.row] : []));
const eventsIn = (rows: SignalRow[]): TelemetryEventRow[] =>
  rows.flatMap((one) => (one.table === 'telemetry_events' ? [one.row] : []));

const messages: Record<Signal, string> = {
  logs: 'ExportLogsServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
  traces: 'ExportTraceServiceRequest',
};

/** OTLP/JSON has hexadecimal ids; the protobuf library takes bytes. */
function withByteIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withByteIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      /^(?:trace|span|parentSpan)Id$/.test(key) && typeof item === 'string'
        ? Buffer.from(item, 'hex')
        : withByteIds(item),
    ]),
  );
}

function withHexIds(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(withHexIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withHexIds(item)]));
}

function inOtherEncoding({ signal, encoding, body }: Body): Omit<Body, 'name'> {
  if (encoding === 'json') {
    const content = withByteIds(JSON.parse(body.toString())) as Record<string, unknown>;
    return { signal, encoding: 'protobuf', body: Buffer.from(writeMessage(messages[signal], content)) };
  }
  const parsed = parseMessage(body, messages[signal]);
  if ('problem' in parsed) throw new Error(parsed.problem.message);
  return { signal, encoding: 'json', body: Buffer.from(JSON.stringify(withHexIds(parsed.request))) };
}

const logRows = () => bodies.filter(({ signal }) => signal === 'logs').flatMap(rowsOf);
/** The saving if 1,356 tokens of Opus and 1,707 of Haiku are written for five minutes instead of an hour. */
const COST_BY_SPANS = 0.5069675 - (1_356 * (10 - 6.25) + 1_707 * (2 - 1.25)) / 1e6;

const spanRows = () => bodies.filter(({ signal }) => signal === 'traces').flatMap(rowsOf);

describe('the captured OTLP', () => {
  it('the captured OTLP has each of the 23 billed requests once, with its true usage', () => {
    const usage = (row: ApiRequestRow) => ({
      rid: row.request_id,
      model: row.model.replace(/-\d{8}$/, ''),
      usage: [row.input_tokens, row.output_tokens, row.cache_read_tokens, row.cache_creation_tokens],
    });
    const truth = billedRequests().map(({ rid, model, usage: used }) => ({
      rid,
      model: model.replace(/-\d{8}$/, ''),
      usage: [
        used.input_tokens,
        used.output_tokens,
        used.cache_read_input_tokens,
        used.cache_creation_input_tokens,
      ],
    }));
    const byId = (a: { rid: string }, b: { rid: string }) => a.rid.localeCompare(b.rid);
    expect(requestsIn(logRows()).map(usage).sort(byId)).toEqual(truth.sort(byId));
    // The spans report the same requests.
    expect(requestsIn(spanRows()).map(usage).sort(byId)).toEqual(truth.sort(byId));
  });

  it('each captured run costs what the client reported at its end', () => {
    const reported = (...runs: number[]) =>
      runs.reduce((sum, run) => sum + (clientResults()[run]?.total_cost_usd ?? NaN), 0);
    const cost = (session: string) =>
      requestsIn(logRows())
        .filter(({ session_id }) => session_id === session)
        .reduce((sum, { cost_usd }) => sum + (cost_usd ?? NaN), 0);
    expect(cost(sessions.first)).toBeCloseTo(reported(0, 1), 9);
    expect(cost(sessions.overloaded)).toBeCloseTo(reported(2), 9);
    expect(cost(sessions.typedSkill)).toBeCloseTo(reported(3), 9);
    expect(cost(sessions.fork)).toBeCloseTo(reported(4), 9);
  });

  it('the captured spans cost as if all cache writes had lived for five minutes, and report no cost', () => {
    const rows = requestsIn(spanRows());
    const sum = rows.reduce((total, { cost_usd }) => total + (cost_usd ?? NaN), 0);
    expect(sum).toBeCloseTo(COST_BY_SPANS, 9);
    expect(new Set(rows.map(({ reported_cost_usd }) => reported_cost_usd))).toEqual(new Set([null]));
    const reported = new Map(requestsIn(logRows()).map((row) => [row.request_id, row.cost_usd ?? NaN]));
    for (const { request_id, cost_usd } of rows)
      expect(cost_usd, request_id).toBeLessThanOrEqual((reported.get(request_id) ?? NaN) + 1e-9);
  });

  it('a subagent is known by its type from events and by its id from spans', () => {
    const subagents = (rows: SignalRow[]) =>
      requestsIn(rows).filter(({ is_sidechain }) => is_sidechain === 1);
    const types = subagents(logRows()).map(({ agent_type }) => agent_type);
    const count = (type: string) => types.filter((one) => one === type).length;
    expect([types.length, count('Explore'), count('custom'), count('general-purpose')]).toEqual([7, 2, 3, 2]);
    expect(new Set(subagents(logRows()).map(({ agent_id }) => agent_id))).toEqual(new Set(['']));
    const ids = subagents(spanRows()).map(({ agent_id }) => agent_id);
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(3);
    expect(
      subagents(logRows())
        .map(({ request_id }) => request_id)
        .sort(),
    ).toEqual(
      subagents(spanRows())
        .map(({ request_id }) => request_id)
        .sort(),
    );
  });

  it('a retried request, whose first answer was "overloaded", shows up only in the span of the retry', () => {
    expect(eventsIn(allRows()).filter(({ event }) => event === 'api_error')).toEqual([]);
    const attempts = spanRows().flatMap((one) =>
      one.table === 'otel_traces' ? [one.row.span_attributes.attempt ?? ''] : [],
    );
    expect(attempts.filter((attempt) => attempt === '2')).toHaveLength(1);
  });

  it('each captured tool call has its outcome, time and kind of failure', () => {
    const calls = eventsIn(logRows()).filter(({ event }) => event === 'tool_call');
    // Run 1: 11, its subagents 3 of them; run 2: 3; run 4: 1; run 5: 1.
    expect(calls).toHaveLength(16);
    expect(calls.filter(({ status }) => status === 'failure')).toMatchObject([
      { tool_name: 'Bash', error_class: 'ShellError' },
    ]);
    expect(calls.every(({ duration_ms, tool_use_id }) => duration_ms !== null && tool_use_id !== '')).toBe(
      true,
    );
  });

  it('a prompt has the same identity as from its hook, and the hook’s row wins', () => {
    const prompts = eventsIn(allRows()).filter(({ event }) => event === 'prompt');
    expect(prompts).toHaveLength(5);
    expect(prompts.every(({ version }) => version === 0)).toBe(true);
    expect(JSON.parse(prompts[0]?.payload ?? '')).toEqual({ prompt_length: 351 });
  });

  it('every captured record has a row in its generic table', () => {
    // Counted in the captured bodies by another decoder.
    const count = (table: string) => allRows().filter((row) => row.table === table).length;
    expect(count('otel_logs')).toBe(312);
    expect(count('otel_traces')).toBe(76);
    expect(count('otel_metrics_sum')).toBe(59);
  });

  it('the rows hold no text that a user or a model wrote, and no account', () => {
    const text = JSON.stringify(allRows());
    expect(text).not.toMatch(/PLAN|found it|reviewed|git log|README|echo|feat: notes|\/home\/dev|Write them/);
    expect(text).not.toMatch(/user\.id|d5ac158c9533cd8f|REDACTED|Overloaded/);
  });

  it('a second delivery gives the same rows', () => {
    expect(allRows()).toEqual(allRows());
  });

  it('each record of an OTLP export has its own identity', () => {
    const ids = allRows().map(({ table, row }) => `${table} ${row.event_id}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(bodies)('both encodings of OTLP give the same rows: $name', (body) => {
    expect(rowsOf(inOtherEncoding(body))).toEqual(rowsOf(body));
  });
});

describe('anything at all', () => {
  const signals = fc.constantFrom<Signal>('logs', 'metrics', 'traces');

  it('any JSON is read or refused with a named problem, never thrown at', () => {
    const otlpLike = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        tie('object'),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
      object: fc.dictionary(
        fc.constantFrom(
          ...['resourceLogs', 'scopeLogs', 'logRecords', 'resourceMetrics', 'scopeMetrics', 'metrics', 'sum'],
          ...[
            'resourceSpans',
            'scopeSpans',
            'spans',
            'dataPoints',
            'attributes',
            'resource',
            'scope',
            'body',
          ],
          ...[
            'key',
            'value',
            'stringValue',
            'intValue',
            'doubleValue',
            'arrayValue',
            'kvlistValue',
            'values',
          ],
          ...['traceId', 'spanId', 'timeUnixNano', 'startTimeUnixNano', 'exemplars', 'events', '__proto__'],
        ),
        tie('value'),
      ),
    })).value;
    fc.assert(
      fc.property(signals, otlpLike, (signal, value) => {
        const read = readExport(signal, 'json', Buffer.from(JSON.stringify(value)), context);
        if ('problem' in read) expect(read.problem.name).toMatch(/^not_(json|otlp)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('any bytes are read or refused with a named problem, never thrown at', () => {
    fc.assert(
      fc.property(
        signals,
        fc.constantFrom<Encoding>('json', 'protobuf'),
        fc.uint8Array(),
        (signal, encoding, bytes) => {
          const read = readExport(signal, encoding, bytes, context);
          if ('problem' in read) expect(read.problem.name).toMatch(/^not_(json|otlp|protobuf)$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a captured body with one byte changed is read or refused with a named problem, never thrown at', () => {
    const small = bodies.filter(({ encoding }) => encoding === 'protobuf');
    fc.assert(
      fc.property(fc.constantFrom(...small), fc.nat(), fc.nat(255), ({ signal, body }, at, byte) => {
        const damaged = Buffer.from(body);
        damaged[at % damaged.length] = byte;
        const read = readExport(signal, 'protobuf', damaged, context);
        if ('problem' in read) expect(read.problem.name).toBe('not_protobuf');
        else expect(() => JSON.stringify(read.records)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('a request for another signal is refused, and the problem says which field is missing', () => {
    const read = readExport('logs', 'json', Buffer.from('{"resourceSpans":[]}'), context);
    expect(read).toEqual({ problem: { name: 'not_otlp', message: 'The body has no list "resourceLogs"' } });
  });
});
