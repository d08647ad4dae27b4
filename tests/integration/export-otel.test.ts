import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpanKind, SpanStatusCode, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { readExport } from '../../src/signals/otel/export.js';
import type { SignalRow } from '../../src/signals/row.js';
import type { Span } from '../../src/signals/otel/traces/span.js';
import { deliver } from '../../src/spool/deliver.js';
import { Spool } from '../../src/spool/spool.js';
import { runCommand } from '../helpers/command-host.js';
import { billedRequests, captureTime, clientResults, sessions } from '../helpers/captures.js';
import { capturedLayers } from '../helpers/layers.js';
import { startOtlpReceiver } from '../helpers/otlp-receiver.js';
import { freePort } from '../helpers/ports.js';
import { tempFolder } from '../helpers/temp.js';
import { withCollector } from './helpers/collector.js';
import { makeTelemetryEventRow } from './helpers/factories.js';
import { ingestSignals, useStore } from './helpers/store.js';

const store = useStore();
const layers = await capturedLayers(captureTime);
const THAT_DAY = ['--since', '2026-11-20', '--until', '2026-11-21'];

const ingest = (rows: readonly SignalRow[]) => ingestSignals(store.client, rows);

function exported(...args: string[]) {
  return runCommand(['export', '--format', 'otel', ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: tempFolder(), TINYBIRD_URL: store.url },
  });
}

/** Seconds after 10:49:00 on that day, as nanoseconds since 1970. */
const at = (seconds: number) =>
  BigInt(Date.parse('2026-11-20T10:49:00Z') + Math.round(seconds * 1000)) * 1_000_000n;

/**
 * The first session as a tree, worked out from its capture: a prompt from UserPromptSubmit to Stop (hooks 2, 39, 42 and
 * 54); a subagent from SubagentStart (hooks 11, 12, 47) to the result of the call that started it; a tool, ending at
 * the line of its result and as long as its hook reported; a request at the time of its line. The columns are depth,
 * name, start and end in seconds after 10:49, and failure.
 */
const FIRST: [depth: number, name: string, start: number, end: number, error?: string][] = [
  [0, 'session', 32.558, 33.935],
  [1, 'prompt', 32.644, 33.532],
  [2, 'invoke_agent Explore', 32.86, 32.867],
  [3, 'chat claude-haiku-4-5-20251001', 32.792, 32.792],
  [3, 'chat claude-haiku-4-5-20251001', 32.853, 32.853],
  [3, 'execute_tool Bash', 32.815, 32.839],
  [2, 'invoke_agent reviewer', 32.884, 32.937],
  [3, 'chat claude-haiku-4-5-20251001', 32.817, 32.817],
  [3, 'chat claude-haiku-4-5-20251001', 32.879, 32.879],
  [3, 'chat claude-haiku-4-5-20251001', 32.922, 32.922],
  [3, 'execute_tool Bash', 32.842, 32.863],
  [3, 'execute_tool Read', 32.906, 32.906],
  ...[32.633, 32.716, 32.756, 32.955, 32.996, 33.061, 33.099, 33.163].map((line): (typeof FIRST)[number] => [
    2,
    'chat claude-opus-4-8',
    line,
    line,
  ]),
  [2, 'execute_tool Bash', 32.664, 32.696],
  [2, 'execute_tool Read', 32.733, 32.737],
  [2, 'execute_tool Agent', 32.776, 32.867],
  [2, 'execute_tool Agent', 32.785, 32.937],
  [2, 'execute_tool Skill', 32.974, 32.978],
  [2, 'execute_tool Bash', 33.029, 33.035, 'exit_1'],
  [2, 'execute_tool Write', 33.075, 33.083],
  [2, 'execute_tool Bash', 33.125, 33.146],
  [1, 'prompt', 33.72, 33.96],
  [2, 'invoke_agent general-purpose', 33.82, 33.917],
  [3, 'chat claude-opus-4-8', 33.846, 33.846],
  [3, 'chat claude-opus-4-8', 33.898, 33.898],
  [3, 'execute_tool Skill', 33.876, 33.882],
  ...[33.732, 33.815, 33.935].map((line): (typeof FIRST)[number] => [2, 'chat claude-opus-4-8', line, line]),
  [2, 'execute_tool Bash', 33.761, 33.789],
  [2, 'execute_tool Agent', 33.831, 33.917],
];

/** A node of a tree of spans, for comparison; its children are in order. */
interface Tree {
  name: string;
  start: bigint;
  end: bigint;
  error: string;
  below: Tree[];
}

const inOrder = (trees: Tree[]) =>
  trees.sort((a, b) => a.name.localeCompare(b.name) || Number(a.start - b.start));

function expectedTree(): Tree {
  const above: Tree[] = [];
  for (const [depth, name, start, end, error = ''] of FIRST) {
    above[depth] = { name, start: at(start), end: at(end), error, below: [] };
    if (depth > 0) above[depth - 1]!.below.push(above[depth]);
  }
  const sort = (tree: Tree): Tree => ({ ...tree, below: inOrder(tree.below.map(sort)) });
  return sort(above[0]!);
}

function treeOf(
  spans: readonly Pick<
    Span,
    | 'traceId'
    | 'spanId'
    | 'parentSpanId'
    | 'name'
    | 'startNanos'
    | 'endNanos'
    | 'statusCode'
    | 'statusMessage'
  >[],
): Tree[] {
  const below = (parent: string): Tree[] =>
    inOrder(
      spans
        .filter(({ parentSpanId }) => parentSpanId === parent)
        .map((span) => ({
          name: span.name,
          start: span.startNanos,
          end: span.endNanos,
          error: span.statusCode === 'Error' ? span.statusMessage : '',
          below: below(span.spanId),
        })),
    );
  return below('');
}

const sessionOf = (span: Span) => span.attributes.get('gen_ai.conversation.id');
const ofFirst = (spans: Span[]) => spans.filter((span) => sessionOf(span) === sessions.first);

describe('the OpenTelemetry export of the captured sessions', () => {
  it('the spans are the tree of the capture, with the same ids every time', async () => {
    await ingest([...layers.transcripts.flat(), ...layers.hooks.flat()]);
    await using receiver = await startOtlpReceiver();
    const first = await exported(...THAT_DAY, '--endpoint', receiver.endpoint, '--header', 'x-team=shop');
    const spans = receiver.spans();
    expect(first).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `export: ${spans.length} spans of 4 traces sent to ${receiver.endpoint}/v1/traces\n`,
    });
    expect(receiver.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf', 'x-team': 'shop' },
    });
    expect(treeOf(ofFirst(spans))).toEqual([expectedTree()]);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    expect(new Set(ofFirst(spans).map(({ traceId }) => traceId)).size).toBe(1);

    await exported(...THAT_DAY, '--endpoint', `${receiver.endpoint}/v1/traces`);
    expect(receiver.spans().slice(spans.length)).toEqual(spans);
  });

  it('the spans carry the tokens and the cost of every request once', async () => {
    await ingest([...layers.transcripts.flat(), ...layers.hooks.flat()]);
    await using receiver = await startOtlpReceiver();
    await exported(...THAT_DAY, '--endpoint', receiver.endpoint);
    const spans = receiver.spans();
    const sum = (key: string) =>
      spans.reduce((total, { attributes }) => total + Number(attributes.get(key) ?? 0), 0);
    const billed = billedRequests();
    const truth = (of: (usage: (typeof billed)[number]['usage']) => number) =>
      billed.reduce((total, { usage }) => total + of(usage), 0);
    expect(sum('gen_ai.usage.input_tokens')).toBe(
      truth(
        (usage) => usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
      ),
    );
    expect(sum('gen_ai.usage.output_tokens')).toBe(truth((usage) => usage.output_tokens));
    expect(sum('gen_ai.usage.cache_read.input_tokens')).toBe(truth((usage) => usage.cache_read_input_tokens));
    for (const written of ['cache_write', 'cache_creation'])
      expect(sum(`gen_ai.usage.${written}.input_tokens`), written).toBe(
        truth((usage) => usage.cache_creation_input_tokens),
      );
    expect(sum('agent_telemetry.cost_usd')).toBeCloseTo(
      clientResults().reduce((total, { total_cost_usd: cost }) => total + cost, 0),
      9,
    );
    const kinds = (name: RegExp) =>
      new Set(spans.filter((span) => name.test(span.name)).map(({ kind }) => kind));
    expect(kinds(/^chat /)).toEqual(new Set(['Client']));
    expect(kinds(/^(?!chat )/)).toEqual(new Set(['Internal']));
    const failed = spans.find(({ statusCode }) => statusCode === 'Error');
    expect(Object.fromEntries(failed?.attributes ?? [])).toEqual({
      'gen_ai.conversation.id': sessions.first,
      'agent_telemetry.project': 'shop-00000001',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'Bash',
      'gen_ai.tool.call.id': 'toolu_86f7e410x0',
      'error.type': 'exit_1',
    });
  });

  it('a request has the end and duration that the OpenTelemetry of Claude Code reported', async () => {
    await ingest(Object.values(layers).flat(2));
    await using receiver = await startOtlpReceiver();
    await exported(...THAT_DAY, '--endpoint', receiver.endpoint);
    const [request] = ofFirst(receiver.spans()).filter(
      ({ attributes }) => attributes.get('gen_ai.response.id') === 'msg_86f7e41',
    );
    // 18 ms, ending at 10:49:32.641 (otlp/01-logs.json, req_86f7e41).
    expect(request).toMatchObject({ startNanos: at(32.623), endNanos: at(32.641) });
    expect(request?.attributes.has('agent_telemetry.duration_known')).toBe(false);
  });

  it('our collector reads the export like one of the OpenTelemetry SDK', async () => {
    await ingest([...layers.transcripts.flat(), ...layers.hooks.flat()]);
    await using receiver = await startOtlpReceiver();
    await exported(...THAT_DAY, '--endpoint', receiver.endpoint);
    const ours = receiver.spans();

    // The OpenTelemetry SDK writes the same spans: a receiver sees no difference.
    await using other = await startOtlpReceiver();
    const exporter = new OTLPTraceExporter({ url: `${other.endpoint}/v1/traces` });
    await new Promise<void>((resolve, reject) =>
      exporter.export(ours.map(readable), ({ error }) => (error === undefined ? resolve() : reject(error))),
    );
    await exporter.shutdown();
    expect(other.spans()).toEqual(ours);

    // Our collector stores the same tree.
    const home = await withCollector(async (collector) => {
      const sent = await exported(...THAT_DAY, '--endpoint', `http://127.0.0.1:${collector.httpPort}`);
      expect(sent).toMatchObject({ code: 0, stderr: '' });
    });
    const requests = await store.client.requestList.query({ from: '2026-11-20', to: '2026-11-21' });
    await deliver(new Spool(join(home, 'spool')), store.client);
    const rows = await store.client.sql(`
      SELECT TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parentSpanId, SpanName AS name,
        toString(toUnixTimestamp64Nano(Timestamp)) AS start, toString(Duration) AS took,
        StatusCode AS statusCode, StatusMessage AS statusMessage
      FROM otel_traces FINAL
      WHERE SpanAttributes['gen_ai.conversation.id'] = '${sessions.first}'`);
    const stored = (rows as Record<string, string>[]).map((row) => ({
      traceId: row.traceId!,
      spanId: row.spanId!,
      parentSpanId: row.parentSpanId!,
      name: row.name!,
      startNanos: BigInt(row.start!),
      endNanos: BigInt(row.start!) + BigInt(row.took!),
      statusCode: row.statusCode!,
      statusMessage: row.statusMessage!,
    }));
    expect(treeOf(stored)).toEqual([expectedTree()]);
    // Spans exported to our own collector are not counted again.
    expect(await store.client.requestList.query({ from: '2026-11-20', to: '2026-11-21' })).toEqual(requests);
  });

  it('without an endpoint, the output is OTLP/JSON with one request per line', async () => {
    await ingest(layers.transcripts.flat());
    const printed = await exported(...THAT_DAY);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    const file = join(tempFolder(), 'traces.jsonl');
    const written = await exported(...THAT_DAY, '--out', file);
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    const lines = printed.stdout.trim().split('\n');
    const read = lines.flatMap((line) => {
      const body = readExport('traces', 'json', Buffer.from(line), {
        recorder: { device: 'test', privacyTier: 1, origin: 'live' },
        projectOf: () => '',
      });
      if ('problem' in body) throw new Error(body.problem.message);
      return body.records;
    });
    expect(written.stdout).toBe(`export: ${read.length} spans of 4 traces written to ${file}\n`);
  });
});

/** A span in the form that the SDK's exporters accept. */
function readable(span: Span): ReadableSpan {
  const context = (spanId: string): SpanContext => ({
    traceId: span.traceId,
    spanId,
    traceFlags: TraceFlags.NONE,
  });
  const hrTime = (nanos: bigint): [number, number] => [
    Number(nanos / 1_000_000_000n),
    Number(nanos % 1_000_000_000n),
  ];
  return {
    name: span.name,
    kind: span.kind === 'Client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => context(span.spanId),
    ...(span.parentSpanId === '' ? {} : { parentSpanContext: context(span.parentSpanId) }),
    startTime: hrTime(span.startNanos),
    endTime: hrTime(span.endNanos),
    duration: hrTime(span.endNanos - span.startNanos),
    ended: true,
    status:
      span.statusCode === 'Error'
        ? { code: SpanStatusCode.ERROR, message: span.statusMessage }
        : { code: SpanStatusCode.UNSET },
    attributes: Object.fromEntries(span.attributes) as ReadableSpan['attributes'],
    links: [],
    events: [],
    resource: resourceFromAttributes(
      Object.fromEntries(span.origin.resourceAttributes) as Record<string, string>,
    ),
    instrumentationScope: { name: span.origin.scopeName, version: span.origin.scopeVersion },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

describe("the OpenTelemetry export of a user's own tools", () => {
  it('the spans are command, wave, issue and phase, and a failed issue is an error', async () => {
    const event = (time: string, name: string, some: object, payload: object = {}) =>
      makeTelemetryEventRow({
        timestamp: `2026-11-20 09:${time}.000`,
        source: 'cli',
        session_id: '',
        event: name,
        tool_name: 'll-sprint',
        tool_use_id: '',
        status: '',
        payload: JSON.stringify(payload),
        ...some,
      });
    await store.client.telemetryEvents.ingest([
      event('00:00', 'command_start', {}),
      event('00:01', 'wave_start', {}, { wave: 1 }),
      event('00:02', 'issue_start', { task_id: 'BUG-7' }, { wave: 1 }),
      event('02:02', 'issue_phase', {
        task_id: 'BUG-7',
        phase: 'implement',
        duration_ms: 120_000,
        status: 'success',
      }),
      event('02:32', 'issue_phase', {
        task_id: 'BUG-7',
        phase: 'verify',
        duration_ms: 30_000,
        status: 'failure',
        error_class: 'exit_1',
      }),
      event(
        '02:33',
        'issue_complete',
        { task_id: 'BUG-7', status: 'failure', error_class: 'exit_1' },
        { wave: 1 },
      ),
      event('02:34', 'wave_complete', { status: 'success' }, { wave: 1, issues_failed: 1 }),
      event('02:35', 'command_end', { status: 'success', duration_ms: 155_000 }, { exit_code: 0 }),
    ]);
    await using receiver = await startOtlpReceiver();
    expect(await exported(...THAT_DAY, '--endpoint', receiver.endpoint)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const moment = (time: string) => BigInt(Date.parse(`2026-11-20T09:${time}Z`)) * 1_000_000n;
    const node = (name: string, start: string, end: string, error: string, below: Tree[]): Tree => ({
      name,
      start: moment(start),
      end: moment(end),
      error,
      below,
    });
    expect(treeOf(receiver.spans())).toEqual([
      node('command ll-sprint', '00:00', '02:35', '', [
        node('wave 1', '00:01', '02:34', '', [
          node('issue BUG-7', '00:02', '02:33', 'exit_1', [
            node('phase implement', '00:02', '02:02', '', []),
            node('phase verify', '02:02', '02:32', 'exit_1', []),
          ]),
        ]),
      ]),
    ]);
  });
});

it('the export of a session known only from OpenTelemetry has its agents and skills', async () => {
  await ingest(layers.otel.flat());
  const rows = async (table: string) => {
    const { code, stdout } = await runCommand(
      ['export', ...THAT_DAY, '--table', table, '--format', 'ndjson'],
      { env: { PATH: process.env.PATH ?? '', HOME: tempFolder(), TINYBIRD_URL: store.url } },
    );
    expect(code).toBe(0);
    return stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { source: string }).source);
  };
  // Three runs with start and stop, three uses.
  expect(await rows('agents')).toEqual(Array(6).fill('otel'));
  expect(await rows('skills')).toEqual(Array(3).fill('otel'));
});

describe('the endpoint of an export', () => {
  it('if an endpoint refuses some spans, the output says how many and why, with exit code 1', async () => {
    await ingest(layers.transcripts.flat());
    // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "too old" } }
    const body = Buffer.from('0a0b08021207746f6f206f6c64', 'hex');
    await using receiver = await startOtlpReceiver(() => ({
      status: 200,
      headers: { 'content-type': 'application/x-protobuf' },
      body,
    }));
    const result = await exported(...THAT_DAY, '--endpoint', receiver.endpoint);
    const sent = receiver.spans().length - 2;
    expect(result).toMatchObject({
      code: 1,
      stdout: `export: ${sent} spans of 4 traces sent to ${receiver.endpoint}/v1/traces\n`,
      stderr: `atel: ${receiver.endpoint}/v1/traces refused 2 spans: too old\n`,
    });
  });

  it('an unreachable endpoint gives one line and exit code 1', async () => {
    await ingest(layers.transcripts.flat());
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const result = await exported(...THAT_DAY, '--endpoint', endpoint);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^atel: [^\n]*\n$/);
    expect(result.stderr).toContain(`${endpoint}/v1/traces cannot be reached: `);
  });

  it.each([
    ['an invalid address', ['--endpoint', 'localhost:4318'], '--endpoint takes an address'],
    [
      'an invalid header',
      ['--endpoint', 'http://localhost:4318', '--header', 'x'],
      '--header takes name=value',
    ],
    ['a header without an endpoint', ['--header', 'a=b'], '--header is for --endpoint'],
  ])('%s is wrong usage: exit code 2', async (_, args, says) => {
    const result = await exported(...args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(says);
  });
});
