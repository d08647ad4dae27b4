import { describe, expect, it } from 'vitest';
import type { EmittedEvent } from '../../../src/index.js';
import { useStore } from '../helpers/store.js';
import { at, week } from '../helpers/task-example.js';
import { ended, useTaskQuestions } from '../helpers/task-questions.js';

const store = useStore();
const { tell } = useTaskQuestions(store);

describe('task_failures', () => {
  it('the type comes from the event, else from the id, else it is unknown', async () => {
    await tell([
      ended('BUG-1', at(10), { tool: 'make' }),
      ended('issue-2', at(10), { issue_type: 'bug', status: 'failure', tool: 'make', phase: 'verify' }),
      ended('3', at(10), { status: 'failure', phases_ms: { ready: 1_000 } }),
      { event: 'issue_complete', task_id: '4', timestamp: at(10) },
    ]);
    const rows = await store.client.taskFailures.query(week);
    expect(
      rows.map((row) => [row.dimension, row.part, row.runs, row.successes, row.failures, row.failure_rate]),
    ).toEqual([
      ['tool', 'make', 2, 1, 1, 0.5],
      ['tool', 'unattributed', 2, 0, 1, 1],
      ['phase', 'verify', 1, 0, 1, 1],
      // Whether the third run failed in ready is unknown.
      ['phase', 'ready', 1, 0, 0, null],
      ['phase', 'unattributed', 3, 1, 1, 0.5],
      ['type', 'BUG', 2, 1, 1, 0.5],
      ['type', 'unattributed', 2, 0, 1, 1],
    ]);
  });

  it('a run failed in its last failed phase that did not succeed afterwards', async () => {
    const phase = (
      task: string,
      name: string,
      status: 'success' | 'failure',
      seconds: number,
    ): EmittedEvent => ({
      event: 'issue_phase',
      task_id: task,
      phase: name,
      status,
      timestamp: at(10, seconds),
    });
    const failed = (task: string) => ended(task, at(10, 100), { status: 'failure' });
    await tell([
      phase('BUG-1', 'verify', 'failure', 1),
      phase('BUG-1', 'implement', 'failure', 2),
      phase('BUG-1', 'implement', 'success', 3),
      failed('BUG-1'),
      phase('ENH-2', 'verify', 'failure', 1),
      phase('ENH-2', 'verify', 'success', 2),
      failed('ENH-2'),
      // One of the commands of verify fails, another does not.
      { event: 'command_end', task_id: 'DOC-3', phase: 'verify', status: 'failure', timestamp: at(10, 1) },
      { event: 'command_end', task_id: 'DOC-3', phase: 'verify', status: 'success', timestamp: at(10, 2) },
      failed('DOC-3'),
      // Failed at first, and succeeded in the end.
      phase('FEAT-4', 'verify', 'failure', 1),
      ended('FEAT-4', at(10, 100)),
    ]);
    const rows = await store.client.taskFailures.query(week);
    expect(
      rows
        .filter(({ dimension }) => dimension === 'phase')
        .map((row) => [row.part, row.runs, row.successes, row.failures, row.failed_types]),
    ).toEqual([
      [
        'verify',
        4,
        1,
        2,
        [
          ['BUG', 1],
          ['DOC', 1],
        ],
      ],
      ['implement', 1, 1, 0, []],
      ['unattributed', 1, 0, 1, [['ENH', 1]]],
    ]);
  });

  it('the commands of the window are counted by program, with or without a task', async () => {
    const command = (tool: string, day: number, more: object): EmittedEvent => ({
      event: 'command_end',
      tool,
      timestamp: at(day),
      ...more,
    });
    await tell([
      command('npm', 10, { status: 'success' }),
      command('npm', 10, { status: 'failure', task_id: 'BUG-1', phase: 'verify' }),
      command('npm', 8, { status: 'failure' }),
      command('make', 10, { exit_code: 2 }),
      command('make', 10, { exit_code: 0 }),
      command('ll-sprint', 10, { issues_failed: 1 }),
    ]);
    const rows = await store.client.taskFailures.query(week);
    expect(
      rows.map((row) => [row.dimension, row.part, row.runs, row.failure_rate, row.failed_phases]),
    ).toEqual([
      ['command', 'make', 2, 0.5, []],
      ['command', 'npm', 2, 0.5, [['verify', 1]]],
      ['command', 'll-sprint', 1, null, []],
    ]);
  });
});
