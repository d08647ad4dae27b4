import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { previewOf } from './privacy-preview.js';

const at = (minute: number) => `2026-11-20T10:0${minute}:00.000Z`;
const user = (uuid: string, minute: number, content: string, more: object = {}) => ({
  type: 'user',
  uuid,
  timestamp: at(minute),
  promptId: `p-${uuid}`,
  message: { role: 'user', content },
  ...more,
});
const answer = (uuid: string, minute: number, text: string, more: object = {}) => ({
  type: 'assistant',
  uuid,
  timestamp: at(minute),
  requestId: `req_${uuid}`,
  message: {
    id: `msg_${uuid}`,
    model: 'claude-opus-4-8',
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 2 },
    content: [{ type: 'text', text }],
  },
  ...more,
});
const textOf = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

it('the preview of a fork shows its own texts, not those that it copied', () => {
  const folder = tempFolder();
  const copied = [user('a', 1, 'The old question'), answer('b', 2, 'The old answer')];
  const path = join(folder, 'fork.jsonl');
  writeFileSync(join(folder, 'elder.jsonl'), textOf(copied));
  const head = { type: 'queue-operation', timestamp: at(3) };
  const fork = textOf([head, ...copied, user('c', 4, 'The new question'), answer('d', 5, 'The new answer')]);
  writeFileSync(path, fork);
  for (const shown of [previewOf(fork, folder, path), previewOf(fork, folder)]) {
    expect(shown.join('\n')).toMatch(/Tier 2 adds:\n {2}contents .*The new question/);
    expect(shown.join('\n')).toMatch(/Tier 3 adds:\n {2}contents .*The new answer/);
    expect(shown.join('\n')).not.toContain('The old');
  }
});

it('the preview of a subagent shows its answers as those of the subagent, and no prompt, which the call has', () => {
  const agents = join(tempFolder(), 's-1', 'subagents');
  mkdirSync(agents, { recursive: true });
  const more = { isSidechain: true, agentId: 'a1', attributionAgent: 'Explore' };
  const lines = textOf([user('a', 1, 'The task', more), answer('b', 2, 'The finding', more)]);
  const path = join(agents, 'agent-a1.jsonl');
  writeFileSync(path, lines);
  for (const shown of [previewOf(lines, agents, path), previewOf(lines, agents)]) {
    expect(shown.join('\n')).toMatch(
      /Tier 3 adds:\n {2}contents .*"agent_id":"a1","agent_type":"Explore".*The finding/,
    );
    expect(shown.join('\n')).not.toContain('The task');
  }
});
