import picocolors from 'picocolors';
import { expect, it } from 'vitest';
import { loopLines, matrixLines } from './loop-lines.js';

const terminal = { width: 80, paint: picocolors.createColors(false) };

type Loops = Parameters<typeof loopLines>[0];

const loop: Loops[number] = {
  kind: 'same_failure',
  session_id: '11111111-1111-4111-8111-111111111111',
  project: 'shop-7815fea6',
  agent_id: '',
  agent_type: '',
  tool_name: 'Bash',
  check: '',
  error_class: 'exit_1',
  times: 6,
  first_at: '2026-11-20 10:00:00.000',
  last_at: '2026-11-20 10:05:00.000',
  is_resolved: 0,
  request_count: 6,
  cost_usd: 1.5,
  unpriced_requests: 0,
};

it('a loop says what failed, how often, in which session, what it cost, and whether it succeeded then', () => {
  const loops: Loops = [
    loop,
    { ...loop, kind: 'edit_fail', check: 'test', tool_name: '', times: 4, is_resolved: 1, cost_usd: 12.25 },
    { ...loop, agent_type: 'reviewer', error_class: '', request_count: 0, cost_usd: null },
  ];
  expect(loopLines(loops, 10, 'UTC', terminal)).toEqual([
    '',
    'Loop                      Failed  Session   Began             Then          USD',
    'Bash: exit_1                 6 ×  11111111  2026-11-20 10:00  no success   1.50',
    'test after edits             4 ×  11111111  2026-11-20 10:00  succeeded   12.25',
    'Bash: unknown (reviewer)     6 ×  11111111  2026-11-20 10:00  no success      –',
  ]);
});

it('without a loop or a failure there is no table, and rows beyond the first ones are counted', () => {
  expect(loopLines([], 10, 'UTC', terminal)).toEqual([]);
  expect(loopLines([loop, loop, loop], 1, 'UTC', terminal).at(-1)).toBe(
    'and 2 more loops (--top shows more)',
  );
  const calls = { tool_name: 'Read', model: 'claude-opus-4-8', calls: 20 };
  const quiet = { ...calls, error_class: '', failures: 0, failure_rate: 0, failed_sessions: 0 };
  expect(matrixLines([quiet], 10, terminal)).toEqual([]);
  const failed = { ...calls, error_class: 'error', failures: 5, failure_rate: 0.25, failed_sessions: 2 };
  expect(matrixLines([failed, quiet], 10, terminal)).toEqual([
    '',
    'Tool  Model     Failure  Failed  Of  Rate  Sessions',
    'Read  opus-4-8  error         5  20  25 %         2',
  ]);
});
