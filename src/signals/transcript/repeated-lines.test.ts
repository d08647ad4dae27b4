/** Files of subagents that repeat the main thread. The expected figures are worked out by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { readSession } from './session.js';
import { sessionRows } from './session-rows.js';

const SESSION = '6a1d0b4f-2e3c-4d4e-9f5a-1b2c3d4e5f60';
const at = (second: number) => `2026-11-20T10:00:${String(second).padStart(2, '0')}.000Z`;
type Line = Record<string, unknown>;

const prompt = (second: number): Line => ({
  type: 'user',
  uuid: `u${second}`,
  timestamp: at(second),
  promptId: `p${second}`,
  message: { role: 'user', content: 'hello' },
});

/** 1,000 input and 100 output tokens. */
const answer = (second: number, message: Line = {}): Line => ({
  type: 'assistant',
  uuid: `u${second}`,
  timestamp: at(second),
  requestId: `req_a${second}`,
  message: {
    id: `msg_${second}`,
    model: 'claude-opus-4-8',
    stop_reason: 'end_turn',
    content: [{ type: 'text', text: 'ok' }],
    usage: { input_tokens: 1_000, output_tokens: 100 },
    ...message,
  },
});

const edit = (second: number, id: string): Line[] => [
  answer(second, { stop_reason: 'tool_use', content: [{ type: 'tool_use', id, name: 'Edit', input: {} }] }),
  {
    type: 'user',
    uuid: `r${second}`,
    timestamp: at(second + 1),
    message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'done' }] },
    toolUseResult: { structuredPatch: [{ lines: ['+new', '-old'] }] },
  },
];

/** The lines as a subagent writes them, under uuids of its own. */
const ofAgent = (lines: readonly Line[], agentId: string): Line[] =>
  lines.map((line, n) => ({ ...line, uuid: `${agentId}-${n}`, isSidechain: true, agentId }));

async function rowsOf(files: Record<string, readonly Line[]>) {
  const folder = join(tempFolder(), 'projects', '-shop');
  for (const [name, lines] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
  const state = { sessionId: SESSION, project: 'shop-1', end: null, open: true, stops: {}, skills: [] };
  const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
  const rows = sessionRows(await readSession(join(folder, `${SESSION}.jsonl`)), state, recorder, 1_000);
  const [summary] = rows.flatMap((one) => (one.table === 'session_summaries' ? [one.row] : []));
  return {
    summary: [
      summary?.requests,
      summary?.total_tokens,
      summary?.tool_calls,
      summary?.lines_added,
      summary?.lines_removed,
    ],
    calls: rows.flatMap((one) =>
      one.table === 'telemetry_events' ? [[one.row.tool_use_id, one.row.agent_id]] : [],
    ),
    starts: rows.flatMap((one) =>
      one.table === 'agent_activations' ? [[one.row.agent_id, one.row.timestamp]] : [],
    ),
  };
}

const main = [prompt(0), ...edit(1, 'toolu_1'), answer(3)];

it('what the file of a subagent repeats of the main thread counts once, as of the main thread', async () => {
  const own = [prompt(10), ...edit(11, 'toolu_2')];
  const { summary, calls, starts } = await rowsOf({
    [`${SESSION}.jsonl`]: [...main, prompt(20), answer(21)],
    [`${SESSION}/subagents/agent-acompact-1.jsonl`]: ofAgent([...main, ...own], 'acompact-1'),
  });
  expect(summary).toEqual([4, 4_400, 2, 2, 2]);
  expect(calls).toEqual([
    ['toolu_1', ''],
    ['toolu_2', 'acompact-1'],
  ]);
  // It began with its own first line.
  expect(starts).toEqual([['acompact-1', '2026-11-20 10:00:10.000']]);
});

it('what a subagent did itself before the lines that it repeats is its own', async () => {
  const repeated = [prompt(20), answer(21)];
  const { summary, starts } = await rowsOf({
    [`${SESSION}.jsonl`]: [prompt(0), answer(3), ...repeated],
    [`${SESSION}/subagents/agent-a1.jsonl`]: ofAgent(
      [prompt(6), answer(7), ...repeated, prompt(24), answer(25)],
      'a1',
    ),
  });
  // Requests: of the main thread at 3 and 21, of the subagent at 7 and 25.
  expect(summary.slice(0, 2)).toEqual([4, 4_400]);
  expect(starts).toEqual([['a1', '2026-11-20 10:00:06.000']]);
});

it('a call whose id a gateway gave again at another time is no repetition', async () => {
  const { summary } = await rowsOf({
    [`${SESSION}.jsonl`]: main,
    [`${SESSION}/subagents/agent-a1.jsonl`]: ofAgent([prompt(10), ...edit(11, 'toolu_1')], 'a1'),
  });
  expect(summary).toEqual([3, 3_300, 2, 2, 2]);
});
