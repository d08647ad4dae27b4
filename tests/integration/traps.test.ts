import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHookEvent } from '../../src/signals/hook/event.js';
import { readExport } from '../../src/signals/otel/export.js';
import type { Recorder, SignalRow } from '../../src/signals/row.js';
import { readSession } from '../../src/signals/transcript/session.js';
import { sessionRows } from '../../src/signals/transcript/session-rows.js';
import { tempFolder } from '../helpers/temp.js';
import { useStore } from './helpers/store.js';

/**
 * One session that holds what the captures lack, seen by each layer:
 *
 * | response | what is odd                                                            | output tokens |
 * |----------|------------------------------------------------------------------------|---------------|
 * | m1       | two placeholder lines come first; `/btw` repeats it under a new id     | 400           |
 * | m2       | a subagent's, whose transcript never gets more than its placeholder: 3 | 250           |
 * | m3       | the provider gives requests no id: nothing joins the two sightings     | 60            |
 */
const store = useStore();
const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'live' };
const session = 'traps';
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const time = (second: number) => new Date(Date.UTC(2026, 2, 2, 12, 0, second)).toISOString();

interface Line {
  message: string;
  request?: string;
  second: number;
  output: number;
  more?: Record<string, unknown>;
  stop?: string | null;
}

const line = ({ message, request, second, output, more = {}, stop = 'end_turn' }: Line) => ({
  type: 'assistant',
  sessionId: session,
  timestamp: time(second),
  ...(request !== undefined && { requestId: request }),
  message: {
    id: message,
    model: 'claude-opus-4-8',
    stop_reason: stop,
    content: [],
    usage: { input_tokens: 10, output_tokens: output },
  },
  ...more,
});

const prompt = { type: 'user', timestamp: time(0), promptId: 'p1', message: { content: 'x' } };
const agent = { isSidechain: true, agentId: 'a1', attributionAgent: 'Explore' };

async function transcripts(): Promise<SignalRow[]> {
  const main = join(tempFolder(), 'projects', 'shop', `${session}.jsonl`);
  const put = (path: string, lines: object[]) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  };
  put(main, [
    prompt,
    line({ message: 'm1', request: 'req_011CtrapA1', second: 1, output: 1, stop: null }),
    line({ message: 'm1', request: 'req_011CtrapA1', second: 2, output: 2, stop: null }),
    line({ message: 'm1', request: 'req_011CtrapA1', second: 3, output: 400 }),
    line({ message: 'm1', request: 'r_side', second: 4, output: 400, more: { isSidechain: true } }),
    line({ message: 'm3', second: 7, output: 60 }),
    line({ message: 'm3', second: 8, output: 60 }),
  ]);
  put(join(main.replace(/\.jsonl$/, ''), 'subagents', 'agent-a1.jsonl'), [
    line({ message: 'm2', request: 'req_011CtrapA2', second: 5, output: 3, stop: null, more: agent }),
  ]);
  const state = { sessionId: session, project: 'shop-1', end: null, open: true, stops: {}, skills: [] };
  return sessionRows(await readSession(main), state, recorder, Date.parse(time(30)));
}

function otel(): SignalRow[] {
  const attribute = ([key, value]: [string, string | number]) => ({
    key,
    value: typeof value === 'number' ? { doubleValue: value } : { stringValue: value },
  });
  const record = (second: number, attributes: Record<string, string | number>) => ({
    timeUnixNano: `${Date.parse(time(second))}000000`,
    attributes: Object.entries({
      'event.name': 'api_request',
      'event.sequence': second,
      'session.id': session,
      'prompt.id': 'p1',
      model: 'claude-opus-4-8',
      input_tokens: 10,
      cache_read_tokens: 0,
      cache_creation_tokens: 0,
      ...attributes,
    }).map(attribute),
  });
  const logRecords = [
    // 5 USD per million input tokens, 25 USD per million output tokens.
    record(3, { request_id: 'req_011CtrapA1', output_tokens: 400, cost_usd: 0.01005 }),
    record(6, {
      request_id: 'req_011CtrapA2',
      output_tokens: 250,
      cost_usd: 0.0063,
      query_source: 'agent:builtin:Explore',
    }),
    record(8, { client_request_id: 'c3', output_tokens: 60, cost_usd: 0.00155 }),
  ];
  const scope = { name: 'com.anthropic.claude_code.events' };
  const body = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ scope, logRecords }] }] }));
  const read = readExport('logs', 'json', body, { recorder, projectOf: () => '' });
  if ('problem' in read) throw new Error(read.problem.message);
  return read.records;
}

function hooks(): SignalRow[] {
  const payload = (hook_event_name: string, more: Record<string, unknown> = {}) => ({
    hook_event_name,
    session_id: session,
    prompt_id: 'p1',
    ...more,
  });
  const named = { agent_id: 'a1', agent_type: 'Explore' };
  return [payload('UserPromptSubmit'), payload('SubagentStart', named), payload('Stop')].flatMap(
    (one, index) =>
      readHookEvent(
        { payload: one, at: Date.parse(time(index)), captureId: String(index) },
        'shop-1',
        recorder,
      ).rows,
  );
}

const readers = { otel, transcripts, hooks };

async function ingest(rows: readonly SignalRow[]): Promise<void> {
  for (const { table, row } of rows)
    expect(await store.client.ingest(table, [row])).toMatchObject({ quarantined_rows: 0 });
}

async function figures() {
  const [row] = await store.client.sessionOverview.query({ session_id: session });
  const agents = await store.client.costByAgent.query(march);
  return {
    requests: row?.request_count,
    usd: row?.total_cost_usd?.toFixed(6),
    byAgent: Object.fromEntries(agents.map(({ agent_type, request_count }) => [agent_type, request_count])),
  };
}

const whole = { requests: 3, usd: '0.017900', byAgent: { main: 2, Explore: 1 } };

describe('a session with placeholders, a side question and a request without an id', () => {
  it.each([
    ['OpenTelemetry alone', ['otel']],
    ['OpenTelemetry and hooks', ['otel', 'hooks']],
    ['OpenTelemetry, then transcripts', ['otel', 'transcripts']],
    ['transcripts, then OpenTelemetry', ['transcripts', 'otel']],
    ['all three, and each again', ['hooks', 'transcripts', 'otel', 'hooks', 'otel', 'transcripts']],
  ] as const)('each request is counted once and completely, with %s', async (_, names) => {
    for (const name of names) await ingest(await readers[name]());
    expect(await figures()).toEqual(whole);
  });

  it('with transcripts only, the tokens of the subagent are those of its placeholder', async () => {
    await ingest([...(await transcripts()), ...hooks()]);
    // 30 input tokens, 400 + 3 + 60 output tokens.
    expect(await figures()).toEqual({ ...whole, usd: ((30 * 5 + 463 * 25) / 1e6).toFixed(6) });
  });

  it('coverage says which layer reported what', async () => {
    await ingest([...(await transcripts()), ...otel()]);
    expect(await store.client.coverage.query(march)).toMatchObject([
      { request_count: 3, seen_by_both: 2, only_transcript: 1, only_otel: 0, cost_mismatches: 0 },
    ]);
  });
});
