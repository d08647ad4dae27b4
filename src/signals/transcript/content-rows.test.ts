import { describe, expect, it } from 'vitest';
import { readHookEvent } from '../hook/event.js';
import type { Tier } from '../privacy/tier.js';
import type { Recorder, SignalRow } from '../row.js';
import { sessionRows } from './session-rows.js';
import { TranscriptReader } from './transcript.js';

const AT = '2026-11-20T10:00:00.000Z';
const usage = { input_tokens: 1, output_tokens: 2 };

const user = (content: unknown, more: object = {}) => ({
  type: 'user',
  timestamp: AT,
  promptId: 'p-1',
  uuid: 'u-1',
  message: { role: 'user', content },
  ...more,
});
const assistant = (content: unknown[], more: object = {}) => ({
  type: 'assistant',
  timestamp: AT,
  requestId: 'req_1',
  uuid: 'u-2',
  message: { id: 'msg_1', model: 'claude-opus-4-8', stop_reason: 'end_turn', usage, content },
  ...more,
});

const conversation = [
  user('Find the bug'),
  assistant([{ type: 'thinking', thinking: 'Where is it?', signature: 'x' }]),
  assistant([{ type: 'text', text: 'I look.' }]),
  assistant([{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls src' } }]),
  user([{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'a.ts' }] }]),
  assistant([{ type: 'text', text: 'Found.' }]),
];

const recorder = (privacyTier: Tier): Recorder => ({ device: 'test', origin: 'live', privacyTier });

function rowsOf(lines: readonly (object | string)[], tier: Tier, isAgents = false): SignalRow[] {
  const reader = new TranscriptReader(tier);
  for (const line of lines) reader.add(typeof line === 'string' ? line : JSON.stringify(line));
  const transcript = reader.finish();
  const main = isAgents ? new TranscriptReader().finish() : transcript;
  const agent = {
    agentId: 'a-1',
    agentType: 'Explore',
    parentAgentId: '',
    toolUseId: '',
    transcript,
    path: '/a',
  };
  const state = { sessionId: 's-1', project: 'shop-1', end: null, open: true, stops: {}, skills: [] };
  const all = {
    main,
    agents: isAgents ? [agent] : [],
    typedSkills: [],
    unreadable: new Map<string, string>(),
  };
  return sessionRows(all, state, recorder(tier), Date.parse(AT));
}

const contentsOf = (rows: readonly SignalRow[]) =>
  rows.flatMap((one) => (one.table === 'contents' ? [one.row] : []));
const textsOf = (rows: readonly SignalRow[]) => contentsOf(rows).map(({ kind, text }) => [kind, text]);

describe('the texts of a transcript', () => {
  it('at tier 1 there are none, although the same lines have some at higher tiers', () => {
    expect(contentsOf(rowsOf(conversation, 1))).toEqual([]);
    expect(JSON.stringify(rowsOf(conversation, 1))).not.toMatch(/bug|look|ls src|a\.ts|Found|Where/);
  });

  it('at tier 2 they are the prompt and the parameters of tools', () => {
    expect(textsOf(rowsOf(conversation, 2))).toEqual([
      ['prompt', 'Find the bug'],
      ['tool_input', '{"command":"ls src"}'],
    ]);
  });

  it('at tier 3 they are also the answers, the thinking and the output of tools', () => {
    expect(textsOf(rowsOf(conversation, 3))).toEqual([
      ['prompt', 'Find the bug'],
      ['thinking', 'Where is it?'],
      ['answer', 'I look.'],
      ['tool_input', '{"command":"ls src"}'],
      ['tool_output', 'a.ts'],
      ['answer', 'Found.'],
    ]);
    expect(contentsOf(rowsOf(conversation, 3)).find(({ kind }) => kind === 'tool_output')).toMatchObject({
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      prompt_id: 'p-1',
      tier: 3,
      privacy_tier: 3,
    });
  });

  it('in a list, only what the user typed is the prompt', () => {
    const blocks = ['<local-command-stdout>out</local-command-stdout>', 'What is this?'];
    const line = user(blocks.map((text) => ({ type: 'text', text })));
    expect(textsOf(rowsOf([line], 2))).toEqual([['prompt', 'What is this?']]);
  });

  it('every folder that a line names is known, so that the lowest of their tiers can count', () => {
    const reader = new TranscriptReader(2);
    for (const cwd of ['/shop', '/shop', '/diary']) reader.add(JSON.stringify(user('Hi', { cwd })));
    reader.add(JSON.stringify(assistant([], { cwd: '/shop/src' })));
    expect([...reader.finish().folders]).toEqual(['/shop', '/diary', '/shop/src']);
  });

  it('the same line twice is one text', () => {
    expect(
      rowsOf([...conversation, ...conversation], 3).filter(({ table }) => table === 'contents'),
    ).toHaveLength(6);
  });

  it('a typed command is kept as it was typed', () => {
    const line =
      '<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>all of it</command-args>';
    expect(textsOf(rowsOf([user(line)], 2))).toEqual([['prompt', '/review all of it']]);
  });

  it('what the client inserts is no prompt', () => {
    const lines = [
      user('Caveat: local', { isMeta: true }),
      user('<local-command-stdout>secret</local-command-stdout>'),
      user([{ type: 'text', text: '[Request interrupted by user]' }]),
      user('<task-notification>done</task-notification>'),
      ...[
        'bash-stdout',
        'bash-stderr',
        'bash-input',
        'local-command-stdout',
        'command-name',
        'task-notification',
      ].map((tag) => user([{ type: 'text', text: `<${tag}>secret</${tag}>` }])),
    ];
    expect(contentsOf(rowsOf(lines, 3))).toEqual([]);
  });

  it('lines that a fork copied have none: they are those of the older session', () => {
    const forked = conversation.map((line) => ({ ...line, forkedFrom: { sessionId: 's-0' } }));
    expect(contentsOf(rowsOf(forked, 3))).toEqual([]);
  });

  it('a fork has its own first prompt and answer, although copied lines have the same prompt id and text', () => {
    const at = (second: number) => ({ timestamp: `2026-11-20T10:00:0${second}.000Z` });
    const answer = (id: string, second: number) =>
      assistant([{ type: 'text', text: 'Done.' }], { requestId: `req_${id}`, uuid: id, ...at(second) });
    // The head of a fork, then the copied lines of the older session, then its own.
    const lines = [
      { type: 'queue-operation', operation: 'enqueue', ...at(5) },
      user('The old question', { uuid: 'u-old', ...at(1) }),
      answer('old', 2),
      user('My own question', { uuid: 'u-own', ...at(6) }),
      answer('own', 7),
    ];
    expect(textsOf(rowsOf(lines, 3))).toEqual([
      ['prompt', 'My own question'],
      ['answer', 'Done.'],
    ]);
    const marked = lines
      .slice(1)
      .map((line, n) => (n < 2 ? { ...line, forkedFrom: { sessionId: 's-0' } } : line));
    expect(textsOf(rowsOf(marked, 3))).toEqual([
      ['prompt', 'My own question'],
      ['answer', 'Done.'],
    ]);
    expect(contentsOf(rowsOf(marked, 3)).map(({ timestamp }) => timestamp)).toEqual([
      '2026-11-20 10:00:06.000',
      '2026-11-20 10:00:07.000',
    ]);
  });

  it('values that are nested thousands deep, or named by megabytes, cost the session no other row', () => {
    const deep = `${'['.repeat(5_000)}"x"${']'.repeat(5_000)}`;
    const line = JSON.stringify(
      assistant([{ type: 'tool_use', id: 'toolu_1', name: 'mcp__db__put', input: { deep: 1, wide: 2 } }]),
    );
    const hostile = line
      .replace('"deep":1', `"deep":${deep}`)
      .replace('"wide"', `"${'w'.repeat(12_000_000)}"`);
    const rows = rowsOf([user('Store it'), hostile], 2);
    expect(rows.filter(({ table }) => table === 'api_requests')).toHaveLength(1);
    const [, input] = contentsOf(rows);
    expect(input).toMatchObject({ kind: 'tool_input', is_cut: 1 });
    expect(input?.text).toMatch(/^\{"deep":\[+"\[nested too deeply\]"\]+,"2: \[12000000 characters\]":2\}$/);
  });

  it("a subagent's prompt is left out, because the call that started it has it", () => {
    const rows = contentsOf(rowsOf(conversation, 3, true));
    expect(rows.map(({ kind }) => kind)).toEqual([
      'thinking',
      'answer',
      'tool_input',
      'tool_output',
      'answer',
    ]);
    expect(rows.every((row) => row.agent_id === 'a-1' && row.agent_type === 'Explore')).toBe(true);
  });
});

it('a hook and the transcript report the same text under one identity, and the transcript wins', () => {
  const ids = { session_id: 's-1', prompt_id: 'p-1', cwd: '/shop' };
  const tool = { tool_name: 'Bash', tool_use_id: 'toolu_1', tool_input: { command: 'ls src' } };
  const payloads = [
    { ...ids, hook_event_name: 'UserPromptSubmit', prompt: 'Find the bug' },
    { ...ids, hook_event_name: 'PostToolUse', ...tool, tool_response: { stdout: 'a.ts', stderr: '' } },
    { ...ids, hook_event_name: 'Stop', last_assistant_message: 'Found.' },
  ];
  const byHook = payloads.flatMap((payload, n) =>
    contentsOf(
      readHookEvent({ payload, at: Date.parse(AT), captureId: `c-${n}` }, 'shop-1', recorder(3)).rows,
    ),
  );
  const byTranscript = new Map(contentsOf(rowsOf(conversation, 3)).map((row) => [row.event_id, row]));
  expect(byHook.map(({ kind }) => kind)).toEqual(['prompt', 'tool_input', 'tool_output', 'answer']);
  for (const row of byHook) {
    const same = byTranscript.get(row.event_id);
    expect(same?.kind).toBe(row.kind);
    expect(same?.version).toBeGreaterThan(row.version);
  }
});
