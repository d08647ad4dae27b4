import { describe, expect, it } from 'vitest';
import type { TelemetryEventRow } from '../../../datasources/index.js';
import { readHookEvent } from '../../hook/event.js';
import type { Recorder, SignalRow } from '../../row.js';
import { readLogs } from '../logs/record.js';
import { eventRow } from './event.js';

const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'live' };
const NANOS = '1795171772514000000';

const anyValue = (value: unknown) =>
  typeof value === 'number'
    ? { doubleValue: value }
    : typeof value === 'boolean'
      ? { boolValue: value }
      : Array.isArray(value)
        ? { arrayValue: { values: value.map((item: unknown) => ({ stringValue: item })) } }
        : { stringValue: value };

/** The row of an event with these attributes. */
function factOf(
  name: string,
  attributes: Record<string, unknown>,
  more: Record<string, unknown> = {},
): SignalRow {
  const all = { 'event.name': name, 'session.id': 's1', 'event.sequence': 7, ...attributes };
  const record = {
    timeUnixNano: NANOS,
    body: { stringValue: `claude_code.${name}` },
    attributes: Object.entries(all).map(([key, value]) => ({ key, value: anyValue(value) })),
    ...more,
  };
  const scope = { name: 'com.anthropic.claude_code.events' };
  const [read] = readLogs({ resourceLogs: [{ scopeLogs: [{ scope, logRecords: [record] }] }] }).records;
  return eventRow(read!, { recorder, projectOf: (folder) => `project of ${folder}` });
}

function eventOf(name: string, attributes: Record<string, unknown>): TelemetryEventRow {
  const fact = factOf(name, attributes);
  if (fact.table !== 'telemetry_events') throw new Error(`${name} became a row of ${fact.table}`);
  return fact.row;
}

const payloadOf = (name: string, attributes: Record<string, unknown>): unknown =>
  JSON.parse(eventOf(name, attributes).payload);

const usage = { input_tokens: 10, output_tokens: 20, cache_read_tokens: 30, cache_creation_tokens: 40 };

describe('an API request', () => {
  const requestOf = (attributes: Record<string, unknown>) =>
    factOf('api_request', { ...usage, model: 'claude-opus-4-8', request_id: 'r1', ...attributes });

  it('an API request has its tokens, and leaves the lifetime of cache writes open if it is not reported', () => {
    expect(requestOf({ cost_usd: 0.0009, duration_ms: 570 })).toMatchObject({
      table: 'api_requests',
      row: {
        source: 'otel',
        request_key: 'r1',
        request_id: 'r1',
        message_id: '',
        session_id: 's1',
        timestamp: '2026-11-20 10:49:32.514',
        input_tokens: 10,
        output_tokens: 20,
        cache_read_tokens: 30,
        cache_creation_tokens: 40,
        cache_creation_5m_tokens: 0,
        cache_creation_1h_tokens: 0,
        cost_usd: 0.0009,
        reported_cost_usd: 0.0009,
        duration_ms: 570,
        is_final: 1,
        is_copy: 0,
        is_sidechain: 0,
      },
    });
  });

  it('an API request has the reported lifetimes of cache writes and is priced by them', () => {
    // 10 × 5 + 20 × 25 + 30 × 0.5 + 15 × 6.25 + 25 × 10 microdollars; 5 of the 15 have no reported lifetime.
    expect(requestOf({ cache_creation_5m_tokens: 10, cache_creation_1h_tokens: 25 })).toMatchObject({
      row: {
        cache_creation_tokens: 40,
        cache_creation_5m_tokens: 15,
        cache_creation_1h_tokens: 25,
        cost_usd: 0.00090875,
      },
    });
  });

  it('a request of an unknown model has no list price, but keeps the reported cost', () => {
    expect(requestOf({ model: 'glm-4.7', cost_usd: 0.1 })).toMatchObject({
      row: { model: 'glm-4.7', cost_usd: null, reported_cost_usd: 0.1 },
    });
  });

  it('numbers that were sent as text are read', () => {
    const text = Object.fromEntries(Object.entries(usage).map(([key, value]) => [key, String(value)]));
    const fact = factOf('api_request', { ...text, cost_usd: '0.5', duration_ms: '12', request_id: 'r1' });
    expect(fact).toMatchObject({ row: { output_tokens: 20, reported_cost_usd: 0.5, duration_ms: 12 } });
  });

  it('a request without a reported cost has the list price, with cache writes of the cheaper kind', () => {
    // 10 × 5 + 20 × 25 + 30 × 0.5 + 40 × 6.25 microdollars
    expect(requestOf({})).toMatchObject({
      row: { cost_usd: 0.000815, reported_cost_usd: null, duration_ms: null },
    });
    expect(requestOf({ model: 'claude-unheard-of' })).toMatchObject({ row: { cost_usd: null } });
    expect(requestOf({ cost_usd_micros: 7_609 })).toMatchObject({ row: { reported_cost_usd: 0.007609 } });
  });

  it('model and speed get the names that transcripts use', () => {
    expect(requestOf({ model: 'claude-opus-4-8[1m]', speed: 'normal' })).toMatchObject({
      row: { model: 'claude-opus-4-8', speed: 'standard' },
    });
    expect(requestOf({ speed: 'fast' })).toMatchObject({ row: { speed: 'fast' } });
  });

  it.each([
    ['sdk', {}, '', 0],
    ['repl_main_thread', {}, '', 0],
    ['compact', {}, '', 0],
    // In a session that was started as an agent, the main thread is no subagent.
    ['sdk', { 'agent.name': 'reviewer' }, '', 0],
    ['agent:builtin:Explore', { 'agent.name': 'Explore' }, 'Explore', 1],
    ['agent:custom', { 'agent.name': 'custom' }, 'custom', 1],
    ['agent:builtin:Plan', {}, 'Plan', 1],
    ['Explore', { 'agent.name': 'Explore' }, 'Explore', 1],
  ])('a request from source %s %o is of the agent type "%s"', (query_source, more, type, sidechain) => {
    expect(requestOf({ query_source, ...more })).toMatchObject({
      row: { agent_type: type, is_sidechain: sidechain, agent_id: '' },
    });
  });

  it('a request without an id of the API is identified by the client’s id, else by its number in the session', () => {
    const keyOf = (attributes: Record<string, unknown>) => {
      const fact = requestOf({ request_id: '', ...attributes });
      return fact.table === 'api_requests' ? fact.row.request_key : '';
    };
    expect(keyOf({ client_request_id: 'c1' })).toBe('c1');
    expect(keyOf({})).toBe(keyOf({}));
    expect(keyOf({})).not.toBe(keyOf({ 'event.sequence': 8 }));
  });

  it('a prompt of an MCP server is no skill, although the client names it as one', () => {
    expect(requestOf({ 'skill.name': 'mcp__calc__greet' })).toMatchObject({ row: { skill_name: '' } });
    expect(requestOf({ 'skill.name': 'tidy' })).toMatchObject({ row: { skill_name: 'tidy' } });
  });

  it('a request without usage becomes an event and costs nothing', () => {
    expect(factOf('api_request', { request_id: 'r1' })).toMatchObject({
      table: 'telemetry_events',
      row: { event: 'api_request' },
    });
  });
});

describe('an API error', () => {
  const error = {
    model: 'claude-opus-4-8',
    error: 'Overloaded: the secret plan',
    status_code: '529',
    attempt: '3',
  };

  it('an API error becomes an event with the kind of the error and not its text', () => {
    const row = eventOf('api_error', { ...error, request_id: 'r1' });
    expect(row).toMatchObject({ event: 'api_error', error_class: 'http_529', model: 'claude-opus-4-8' });
    expect(JSON.parse(row.payload)).toEqual({ status_code: 529, attempt: 3 });
    expect(JSON.stringify(row)).not.toContain('secret');
  });

  it('an API error is identified by its request and attempt', () => {
    const id = (attempt: string, sequence: number) =>
      eventOf('api_error', { ...error, attempt, request_id: 'r1', 'event.sequence': sequence }).event_id;
    expect(id('1', 5)).toBe(id('1', 6));
    expect(id('1', 5)).not.toBe(id('2', 5));
  });
});

describe('a tool result', () => {
  const result = { tool_name: 'Bash', tool_use_id: 't1', success: 'true', duration_ms: '24' };

  it('a tool result becomes a tool call, with flags and numbers that were sent as text', () => {
    expect(eventOf('tool_result', { ...result, tool_input_size_bytes: '49' })).toMatchObject({
      event: 'tool_call',
      status: 'success',
      error_class: '',
      tool_name: 'Bash',
      tool_use_id: 't1',
      duration_ms: 24,
      payload: '{"tool_input_size_bytes":49}',
    });
  });

  it('a tool call has another identity than the hook’s row, so both stay and merge by the call’s id', () => {
    const payload = {
      hook_event_name: 'PostToolUse',
      session_id: 's1',
      tool_name: 'Bash',
      tool_use_id: 't1',
    };
    const [hook] = readHookEvent({ payload, at: 0, captureId: 'c' }, '', recorder).rows;
    expect(eventOf('tool_result', result).event_id).not.toBe(hook?.row.event_id);
  });

  it.each([
    [{ error_type: 'ShellError' }, 'ShellError'],
    [{ error_type: 'ShellError', error: 'Exit code 3\nsecret' }, 'exit_3'],
    [{ error: 'permission denied for secret' }, 'denied'],
    [{ error_type: 'a sentence about the secret' }, 'error'],
    [{}, 'error'],
  ])('a tool call that failed with %o has the error class %s', (more, expected) => {
    const row = eventOf('tool_result', { ...result, success: 'false', ...more });
    expect(row).toMatchObject({ status: 'failure', error_class: expected });
    expect(JSON.stringify(row)).not.toContain('secret');
  });

  it('a Skill call has its skill if the user allows the client to report it', () => {
    const parameters = JSON.stringify({ skill_name: 'release-notes', full_command: 'secret' });
    const row = eventOf('tool_result', { ...result, tool_name: 'Skill', tool_parameters: parameters });
    expect(row.skill_name).toBe('release-notes');
    expect(JSON.stringify(row)).not.toContain('secret');
  });
});

describe('a prompt', () => {
  it('a prompt is the same row as that of its hook in any order, and the hook’s row wins', () => {
    const payload = { hook_event_name: 'UserPromptSubmit', session_id: 's1', prompt_id: 'p1' };
    const [hook] = readHookEvent({ payload, at: 0, captureId: 'c' }, '', recorder).rows;
    const row = eventOf('user_prompt', { 'prompt.id': 'p1', prompt: 'secret', prompt_length: '6' });
    expect(row).toMatchObject({
      event_id: hook?.row.event_id,
      event: 'prompt',
      payload: '{"prompt_length":6}',
    });
    expect(hook?.table === 'telemetry_events' && hook.row.version > row.version).toBe(true);
  });
});

describe('other events', () => {
  it('events keep their counts, flags and kinds', () => {
    expect(
      payloadOf('hook_execution_complete', {
        hook_event: 'PostToolUse',
        hook_name: 'PostToolUse:Bash',
        num_hooks: '2',
        num_success: '1',
        managed_only: 'false',
        total_duration_ms: '5',
      }),
    ).toEqual({
      hook_event: 'PostToolUse',
      hook_name: 'PostToolUse:Bash',
      num_hooks: 2,
      num_success: 1,
      managed_only: false,
    });
    expect(eventOf('hook_execution_complete', { total_duration_ms: '5' }).duration_ms).toBe(5);
    expect(
      eventOf('compaction', { trigger: 'auto', success: true, duration_ms: 900, pre_tokens: 5 }),
    ).toMatchObject({
      status: 'success',
      duration_ms: 900,
      payload: '{"trigger":"auto","pre_tokens":5}',
    });
    expect(eventOf('mcp_server_connection', { status: 'failed', error_code: 'ECONNREFUSED' })).toMatchObject({
      status: 'failure',
      error_class: 'ECONNREFUSED',
    });
  });

  it('the tokens of a subagent’s last request are named as such', () => {
    const row = eventOf('subagent_completed', {
      agent_type: 'Explore',
      total_tokens: 2_348,
      duration_ms: 89,
    });
    expect(row).toMatchObject({
      agent_type: 'Explore',
      duration_ms: 89,
      payload: '{"final_request_tokens":2348}',
    });
  });

  it('an event of a new release is kept by name, without its content', () => {
    expect(eventOf('Something.New', { text: 'secret', success: 'true' })).toMatchObject({
      event: 'something_new',
      status: 'success',
      payload: '{}',
    });
    expect(payloadOf('constructor', { name: 'secret' })).toEqual({});
  });

  it('names that are too long and sentences in place of words are dropped', () => {
    expect(payloadOf('permission_mode_changed', { from_mode: 'plan', to_mode: 'a whole sentence' })).toEqual({
      from_mode: 'plan',
    });
    expect(eventOf('tool_decision', { tool_use_id: 't1', tool_name: 'x'.repeat(101) }).tool_name).toBe('');
  });

  it('an event without the name attribute is named by its record', () => {
    const scopeOnly = factOf('', { 'event.name': '' }, { eventName: 'claude_code.at_mention' });
    expect(scopeOnly).toMatchObject({ row: { event: 'at_mention' } });
    const bodyOnly = factOf('', { 'event.name': '' }, { body: { stringValue: 'claude_code.auth' } });
    expect(bodyOnly).toMatchObject({ row: { event: 'auth' } });
  });

  it('events are identified by number and time, since a resumed session counts from 0 again', () => {
    const id = (sequence: number, timeUnixNano: string) =>
      factOf('hook_registered', { 'event.sequence': sequence }, { timeUnixNano }).row.event_id;
    expect(id(1, NANOS)).toBe(id(1, NANOS));
    expect(id(1, NANOS)).not.toBe(id(2, NANOS));
    expect(id(1, NANOS)).not.toBe(id(1, '1795171999999000000'));
  });

  it('an event belongs to the project of the reported folder, and the folder is not stored', () => {
    expect(eventOf('auth', { 'workspace.host_paths': ['/home/dev/shop', '/other'] })).toMatchObject({
      project: 'project of /home/dev/shop',
      payload: '{}',
    });
    expect(eventOf('auth', {}).project).toBe('');
  });
});

it('an event without a time of its own has that of its observation, or the one among its attributes', () => {
  const untimed = { timeUnixNano: undefined };
  const named = { 'event.timestamp': '2026-11-20T12:00:00.250+02:00' };
  const timeOf = (more: Record<string, unknown>, attributes: Record<string, unknown> = named) => {
    const { row } = factOf('user_prompt', attributes, more);
    return 'timestamp' in row ? row.timestamp : '';
  };
  expect(timeOf({})).toBe('2026-11-20 10:49:32.514');
  expect(timeOf({ timeUnixNano: '0', observedTimeUnixNano: NANOS })).toBe('2026-11-20 10:49:32.514');
  expect(timeOf(untimed)).toBe('2026-11-20 10:00:00.250');
});

it('an event without any usable time is refused, and those beside it are not', () => {
  const logRecords = [
    { body: { stringValue: 'no time' } },
    { timeUnixNano: '0', attributes: [{ key: 'event.timestamp', value: { stringValue: 'yesterday' } }] },
    { timeUnixNano: NANOS },
  ];
  const { records, refused } = readLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  expect(records).toHaveLength(1);
  expect(refused).toEqual({ count: 2, reasons: new Set(['no time']) });
});

it("an event has the client's own number in its sequence; null without one", () => {
  expect(eventOf('compaction', {}).sequence).toBe(7);
  expect(eventOf('compaction', { 'event.sequence': 0 }).sequence).toBe(0);
  expect(eventOf('compaction', { 'event.sequence': 'many' }).sequence).toBeNull();
});
