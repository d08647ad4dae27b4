import { expect, it } from 'vitest';
import { patternTable } from '../checks/class-of.js';
import { stamp } from '../row.js';
import { checkRows } from './check-rows.js';
import { TranscriptReader } from './transcript.js';

const time = (second: number) => `2026-03-02T10:00:${String(second).padStart(2, '0')}.000Z`;

interface Call {
  command: string;
  input?: object;
  /** The line of its result: the block, and what the client adds. */
  block?: object;
  toolUseResult?: unknown;
}

/** The rows of the checks of some calls of Bash, each of which took two seconds. */
function rows(calls: Call[], own: Parameters<typeof patternTable>[0] = {}) {
  const reader = new TranscriptReader(1, patternTable(own));
  for (const [n, { command, input = {}, block = {}, toolUseResult }] of calls.entries()) {
    const id = `toolu_${n}`;
    const usage = { input_tokens: 1, output_tokens: 1 };
    const content = [{ type: 'tool_use', id, name: 'Bash', input: { command, ...input } }];
    const message = { id: `msg_${n}`, model: 'claude-opus-4-8', stop_reason: 'tool_use', usage, content };
    const line = {
      type: 'assistant',
      timestamp: time(n * 10),
      requestId: `req_${n}`,
      gitBranch: 'main',
      message,
    };
    reader.add(JSON.stringify(line));
    const result = { type: 'tool_result', tool_use_id: id, content: '', ...block };
    reader.add(
      JSON.stringify({
        type: 'user',
        timestamp: time(n * 10 + 2),
        promptId: 'p',
        message: { content: [result] },
        toolUseResult,
      }),
    );
  }
  const shared = {
    ...stamp({ device: 'd', origin: 'live', privacyTier: 1 }),
    ...{ session_id: 'session-1', project: 'shop', source: 'transcript' },
  };
  const done = reader
    .finish()
    .toolCalls.flatMap((call) =>
      call.outcome === null ? [] : [{ call: { ...call, outcome: call.outcome }, agent: undefined }],
    );
  return checkRows(done, shared).map(({ row }) => row);
}

const ended = { stdout: '', stderr: '', interrupted: false };
const failed = { block: { is_error: true }, toolUseResult: 'Error: Exit code 2\nsecret' };

it('each check of a call has a row with its class, its outcome and its place, and nothing of the command', () => {
  const made = rows([
    { command: 'cd secret && npm test', ...failed },
    { command: 'npm run lint && npx tsc', toolUseResult: ended },
  ]);
  expect(made).toMatchObject([
    {
      event: 'check_run',
      timestamp: '2026-03-02 10:00:00.000',
      status: 'failure',
      error_class: 'exit_2',
      model: 'claude-opus-4-8',
      tool_use_id: 'toolu_0',
      payload: '{"check":"test","place":0,"checks":1,"answered_after_ms":2000,"branch":"main"}',
    },
    {
      status: 'success',
      error_class: '',
      payload: '{"check":"lint","place":0,"checks":2,"answered_after_ms":2000,"branch":"main"}',
    },
    { payload: '{"check":"type_check","place":1,"checks":2,"answered_after_ms":2000,"branch":"main"}' },
  ]);
  expect(JSON.stringify(made)).not.toMatch(/secret|npm|tsc|cd /);
  expect(new Set(made.map(({ event_id: id }) => id)).size).toBe(3);
});

it.each<[string, Omit<Call, 'command'>]>([
  ['was interrupted', { toolUseResult: { ...ended, interrupted: true } }],
  ['ran into the time limit', { block: { is_error: true }, toolUseResult: 'Error: Command timed out' }],
  ['ended by timeout', { block: { is_error: true }, toolUseResult: 'Error: Exit code 124' }],
  [
    'found no such command',
    { block: { is_error: true }, toolUseResult: 'Error: Exit code 127\nnpm: not found' },
  ],
  ['was killed', { block: { is_error: true }, toolUseResult: 'Error: Exit code 137' }],
  ['was started in the background', { input: { run_in_background: true }, toolUseResult: ended }],
  ['was moved to the background', { toolUseResult: { ...ended, backgroundTaskId: 'b1' } }],
  [
    'of a subagent was moved to the background',
    { block: { content: 'Command running in background with ID: b1.' } },
  ],
])('the outcome of a check whose call %s is unknown', (_, of) => {
  expect(rows([{ command: 'npm test', ...of }])).toMatchObject([{ status: '', error_class: '' }]);
});

it('a call that the user denied ran no check', () => {
  const denied = { block: { is_error: true }, toolUseResult: "Error: The user doesn't want to proceed" };
  expect(rows([{ command: 'npm test', ...denied }])).toEqual([]);
});

it('the commands of the settings are checks, too', () => {
  const [row] = rows([{ command: './ci.sh all', toolUseResult: ended }], { './ci.sh *': 'deploy' });
  expect(row).toMatchObject({ status: 'success' });
  expect(row).toHaveProperty('payload', expect.stringContaining('"check":"deploy"'));
});
