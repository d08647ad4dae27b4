/** Every id of a payload and of a transcript's line that is no id is stored as a hash of it, never as it was given. */
import { expect, it } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../../tests/helpers/temp.js';
import { readHookEvent } from './hook/event.js';
import type { Recorder } from './row.js';
import { readSessionFiles } from './transcript/session.js';
import { sessionRows } from './transcript/session-rows.js';

const PLANTED = 'PLANTED and the words of a person';
const ids = {
  session_id: `${PLANTED} session`,
  prompt_id: `${PLANTED} prompt`,
  agent_id: `${PLANTED} agent`,
  tool_use_id: `${PLANTED} call`,
};
const recorder: Recorder = { device: 'test', origin: 'live', privacyTier: 3 };

it.each([
  { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } },
  { hook_event_name: 'PostToolUse', tool_name: 'Skill', tool_input: { skill: 'review' }, tool_response: {} },
  { hook_event_name: 'PostToolUse', tool_name: 'Write', tool_input: {}, tool_response: { content: 'a\n' } },
  { hook_event_name: 'PostToolUseFailure', tool_name: 'Bash', tool_input: { command: 'ls' }, error: 'no' },
  { hook_event_name: 'PermissionRequest', tool_name: 'Bash' },
  { hook_event_name: 'SubagentStart', agent_type: 'Explore' },
  { hook_event_name: 'SessionEnd', reason: `${PLANTED} reason` },
])('a hook payload of $hook_event_name ($tool_name)', (payload) => {
  const event = { payload: { ...ids, cwd: '/shop', ...payload }, at: 1_763_000_000_000, captureId: 'c-1' };
  const { rows, news } = readHookEvent(event, 'shop', recorder);
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify([rows, news])).not.toContain('PLANTED');
  expect(JSON.stringify(rows)).toMatch(/"tool_use_id":"(?:other-[0-9a-f]{8})?"|"agent_id":"other-/);
});

it('a transcript with a subagent', () => {
  const folder = tempFolder();
  const line = { timestamp: '2026-11-20T10:00:00.000Z', promptId: ids.prompt_id, agentId: ids.agent_id };
  const usage = { input_tokens: 1, output_tokens: 2 };
  const content = [
    { type: 'tool_use', id: ids.tool_use_id, name: 'Skill', input: { skill: 'review' } },
    { type: 'tool_use', id: `${ids.tool_use_id} 2`, name: 'Bash', input: { command: 'git commit -m x' } },
  ];
  const results = content.map(({ id }) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: '[main 1234567] x\n 1 file changed, 1 insertion(+)',
  }));
  const lines = [
    { ...line, type: 'user', uuid: `${PLANTED} u`, message: { content: 'Hi' } },
    {
      ...line,
      type: 'assistant',
      uuid: `${PLANTED} a`,
      requestId: `${PLANTED} r`,
      message: { id: `${PLANTED} m`, model: 'claude-opus-4-8', stop_reason: 'tool_use', usage, content },
    },
    { ...line, type: 'user', uuid: `${PLANTED} v`, message: { content: results } },
  ];
  const text = lines.map((one) => JSON.stringify(one)).join('\n') + '\n';
  const main = join(folder, 's-1.jsonl');
  const agents = join(folder, 's-1', 'subagents');
  mkdirSync(agents, { recursive: true });
  const agent = join(agents, `agent-${PLANTED} file.jsonl`);
  writeFileSync(main, text);
  writeFileSync(agent, text);
  const meta = { agentType: 'Explore', toolUseId: ids.tool_use_id, parentAgentId: `${PLANTED} parent` };
  writeFileSync(agent.replace('.jsonl', '.meta.json'), JSON.stringify(meta));
  const state = { sessionId: 's-1', project: 'shop-1', end: null, open: true, stops: {}, skills: [] };
  const rows = sessionRows(readSessionFiles([main, agent], { tier: 3 }), state, recorder, 0);
  expect(new Set(rows.map(({ table }) => table))).toContain('contents');
  expect(JSON.stringify(rows)).not.toContain('PLANTED');
  const calls = rows.flatMap((one) => ('tool_use_id' in one.row ? [one.row.tool_use_id] : []));
  expect(calls.filter((id) => /^other-[0-9a-f]{8}$/.test(id)).length).toBeGreaterThan(3);
});
