import { describe, expect, it } from 'vitest';
import type { EmittedEvent } from '../../src/index.js';
import { ingestEmitted } from './helpers/emitted.js';
import { makeApiRequestRow } from './helpers/factories.js';
import { useStore } from './helpers/store.js';
import { at, taskExample, week, weekBefore } from './helpers/task-example.js';

const store = useStore();
const tell = (events: readonly EmittedEvent[], project?: string) =>
  ingestEmitted(store.client, events, project);

type Window = typeof week;

/** The figures of task_summary: [value, value before, change]. */
async function figures(window: Window & { project?: string } = week) {
  const rows = await store.client.taskSummary.query(window);
  return Object.fromEntries(
    rows.map(({ metric, value, value_before: before, change }) => [metric, [value, before, change]]),
  );
}

/** The phases: [phase, average ms, average ms before, share of the change]. */
async function phases(window: Window = week) {
  const rows = await store.client.taskPhases.query(window);
  return rows.map((row) => [row.phase, row.avg_ms, row.avg_ms_before, row.change_share]);
}

/** A run that is told at its end alone. */
const ended = (task: string, timestamp: string, more: object = {}): EmittedEvent => ({
  event: 'issue_complete',
  task_id: task,
  timestamp,
  status: 'success',
  ...more,
});

const snapshot = (timestamp: string, more: object): EmittedEvent => ({
  event: 'context_snapshot',
  timestamp,
  ...more,
});

/** A request of 1,000 tokens. */
const request = (session: string, timestamp: string, more: object = {}) =>
  makeApiRequestRow({ session_id: session, timestamp: timestamp.replace('Z', ''), ...more });

describe('the example: the average time rose, and why', () => {
  it('has the averages of this week and last', async () => {
    await tell(taskExample());
    expect(await figures()).toMatchObject({
      tasks: [8, 4, 1],
      runs: [8, 4, 1],
      failures: [2, 0, null],
      failure_rate: [0.25, 0, null],
      completed_tasks: [6, 4, 0.5],
      unfinished_tasks: [0, 0, null],
      timed_runs: [8, 4, 1],
      // 114 of 192 s more.
      avg_run_ms: [306_000, 192_000, 114 / 192],
      context_tokens_per_task: [null, null, null],
      tokens_per_completed_task: [null, null, null],
      cost_usd_per_completed_task: [null, null, null],
    });
  });

  it('names implement the bottleneck, with 80 % of the increase', async () => {
    await tell(taskExample());
    const share = (seconds: number): unknown => expect.closeTo(seconds / 114, 12);
    expect(await store.client.taskPhases.query(week)).toEqual([
      {
        phase: 'implement',
        runs: 8,
        runs_before: 4,
        avg_ms: 181_200,
        avg_ms_before: 90_000,
        change_ms: 91_200,
        time_share: expect.closeTo(181.2 / 306, 12) as unknown,
        change_share: expect.closeTo(0.8, 12) as unknown,
        is_bottleneck: 1,
      },
      {
        phase: 'ready',
        runs: 8,
        runs_before: 4,
        avg_ms: 66_000,
        avg_ms_before: 60_000,
        change_ms: 6_000,
        time_share: expect.closeTo(66 / 306, 12) as unknown,
        change_share: share(6),
        is_bottleneck: 0,
      },
      {
        phase: 'verify',
        runs: 8,
        runs_before: 4,
        avg_ms: 58_800,
        avg_ms_before: 42_000,
        change_ms: 16_800,
        time_share: expect.closeTo(58.8 / 306, 12) as unknown,
        change_share: share(16.8),
        is_bottleneck: 0,
      },
    ]);
  });

  it('tells that 2 of 8 failed in verify, both ENH', async () => {
    await tell(taskExample());
    const rows = await store.client.taskFailures.query(week);
    expect(
      rows.map((row) => [
        row.dimension,
        row.part,
        row.failures,
        row.runs,
        row.failure_rate,
        row.failed_types,
        row.failed_phases,
      ]),
    ).toEqual([
      ['tool', 'll-auto', 2, 4, 0.5, [['ENH', 2]], [['verify', 2]]],
      ['tool', 'll-sprint', 0, 4, 0, [], []],
      ['phase', 'verify', 2, 8, 0.25, [['ENH', 2]], [['verify', 2]]],
      ['phase', 'implement', 0, 8, 0, [], []],
      ['phase', 'ready', 0, 8, 0, [], []],
      ['type', 'ENH', 2, 3, 2 / 3, [['ENH', 2]], [['verify', 2]]],
      ['type', 'BUG', 0, 5, 0, [], []],
    ]);
  });

  it('has the same figures for a window, whether it is asked about or the one before', async () => {
    await tell(taskExample());
    const [now, before] = [await figures(weekBefore), await figures(week)];
    for (const [metric, [value]] of Object.entries(now)) expect(before[metric]?.[1], metric).toBe(value);
  });
});

describe('a run of a task', () => {
  it('counts once, however often its event is told', async () => {
    const event = ended('BUG-1', at(10), { event_id: 'bug-1-done', duration_ms: 1_000 });
    await tell([event, event, ended('BUG-2', at(10), { duration_ms: 3_000 })]);
    await tell([event]);
    expect(await figures()).toMatchObject({ runs: [2, 0, null], avg_run_ms: [2_000, null, null] });
  });

  it('belongs to the window in which it ended, with the time since it began', async () => {
    await tell([
      // From the last hour of the week before into this one: 2 h.
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(8, 23 * 3_600) },
      { event: 'issue_phase', task_id: 'BUG-1', phase: 'ready', duration_s: 1_800, timestamp: at(8, 84_600) },
      ended('BUG-1', at(9, 3_600)),
      // Begun in this week, ended in the next.
      { event: 'issue_start', task_id: 'BUG-2', timestamp: at(15, 86_000) },
      ended('BUG-2', at(16, 100)),
      // Ends at the very edges: the first moment is in, the last is not.
      ended('BUG-3', at(9), { duration_ms: 3_600_000 }),
      ended('BUG-4', at(16), { duration_ms: 1 }),
    ]);
    expect(await figures()).toMatchObject({
      runs: [2, 0, null],
      avg_run_ms: [5_400_000, null, null],
      // BUG-2 in this week; BUG-1 in the one before.
      unfinished_tasks: [1, 1, 0],
    });
    // 0.5 h of ready; of 3 h in all.
    expect(await phases()).toEqual([
      ['ready', 900_000, null, null],
      ['unattributed', 4_500_000, null, null],
    ]);
  });

  it('is not there while a task has only begun', async () => {
    await tell([
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10) },
      { event: 'issue_phase', task_id: 'BUG-1', phase: 'ready', duration_ms: 5_000, timestamp: at(10, 5) },
      { event: 'issue_complete', task_id: 'BUG-1', status: 'running', timestamp: at(10, 6) },
    ]);
    expect(await figures()).toMatchObject({
      tasks: [0, 0, null],
      runs: [0, 0, null],
      failure_rate: [null, null, null],
      avg_run_ms: [null, null, null],
      unfinished_tasks: [1, 0, null],
    });
    expect(await phases()).toEqual([]);
    expect(await store.client.taskFailures.query(week)).toEqual([]);
  });

  it('is each of several of one task, its time since its own last start', async () => {
    await tell([
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10, 0) },
      ended('BUG-1', at(10, 60), { status: 'failure' }),
      // Begun, crashed, begun anew.
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10, 100) },
      { event: 'issue_phase', task_id: 'BUG-1', phase: 'ready', duration_s: 50, timestamp: at(10, 150) },
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10, 200) },
      { event: 'issue_phase', task_id: 'BUG-1', phase: 'ready', duration_s: 20, timestamp: at(10, 220) },
      ended('BUG-1', at(10, 230)),
    ]);
    expect(await figures()).toMatchObject({
      tasks: [1, 0, null],
      runs: [2, 0, null],
      failures: [1, 0, null],
      completed_tasks: [1, 0, null],
      unfinished_tasks: [0, 0, null],
      // 60 and 30 s.
      avg_run_ms: [45_000, null, null],
    });
    // 20 s of 90, over two runs.
    expect(await phases()).toEqual([
      ['ready', 10_000, null, null],
      ['unattributed', 35_000, null, null],
    ]);
  });

  it('keeps its own start where the next run begins at the moment of its end', async () => {
    await tell([
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10) },
      ended('BUG-1', at(10, 60), { status: 'failure' }),
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10, 60) },
      ended('BUG-1', at(10, 70), { duration_ms: 10_000 }),
      // All at one moment.
      { event: 'issue_start', task_id: 'BUG-2', timestamp: at(10) },
      ended('BUG-2', at(10)),
    ]);
    // 60, 10 and 0 s.
    expect(await figures()).toMatchObject({
      runs: [3, 0, null],
      timed_runs: [3, 0, null],
      avg_run_ms: [expect.closeTo(70_000 / 3, 9), null, null],
      unfinished_tasks: [0, 0, null],
    });
  });

  it('is not what was skipped or cancelled; a timeout is a failure; an outcome may be unknown', async () => {
    await tell([
      ended('BUG-1', at(10), { status: 'skipped', duration_ms: 1 }),
      ended('BUG-2', at(10), { status: 'cancelled', duration_ms: 1 }),
      ended('BUG-3', at(10), { status: 'timeout', duration_ms: 4_000 }),
      ended('BUG-4', at(10), { duration_ms: 2_000 }),
      { event: 'issue_complete', task_id: 'BUG-5', timestamp: at(10), duration_ms: 3_000 },
    ]);
    expect(await figures()).toMatchObject({
      runs: [3, 0, null],
      failures: [1, 0, null],
      failure_rate: [0.5, null, null],
      avg_run_ms: [3_000, null, null],
      unfinished_tasks: [0, 0, null],
    });
  });

  it('has no time where nobody told one, and that of its phases where only they were told', async () => {
    await tell([
      ended('BUG-1', at(10)),
      ended('BUG-2', at(10), { phases_ms: { ready: 1_000, verify: 2_000 } }),
    ]);
    expect(await figures()).toMatchObject({
      runs: [2, 0, null],
      timed_runs: [1, 0, null],
      avg_run_ms: [3_000, null, null],
    });
    expect(await phases()).toEqual([
      ['verify', 2_000, null, null],
      ['ready', 1_000, null, null],
    ]);
  });

  it('is of its project: two projects may have one id', async () => {
    await tell([ended('BUG-1', at(10), { duration_ms: 1_000 })], 'shop-1');
    await tell([ended('BUG-1', at(11), { duration_ms: 5_000, status: 'failure' })], 'blog-2');
    expect(await figures()).toMatchObject({ tasks: [2, 0, null], avg_run_ms: [3_000, null, null] });
    expect(await figures({ ...week, project: 'blog-2' })).toMatchObject({
      tasks: [1, 0, null],
      failures: [1, 0, null],
      avg_run_ms: [5_000, null, null],
    });
  });

  it('is found in a rolling window', async () => {
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await tell([
      ended('BUG-1', hoursAgo(1), { duration_ms: 6_000 }),
      ended('BUG-2', hoursAgo(25), { duration_ms: 2_000 }),
      ended('BUG-3', hoursAgo(49), { duration_ms: 9_000 }),
    ]);
    const rows = await store.client.taskSummary.query({ days: 1 });
    expect(rows.find(({ metric }) => metric === 'avg_run_ms')).toEqual({
      metric: 'avg_run_ms',
      value: 6_000,
      value_before: 2_000,
      change: 2,
    });
  });
});

describe('the phases of tasks', () => {
  it('sum to the average time, with what no phase tells of, and their shares to 1', async () => {
    await tell([
      ended('BUG-1', at(3), { duration_ms: 10_000, phases_ms: { ready: 4_000, verify: 6_000 } }),
      // No phases; one of two; phases that overlap by 1 s.
      ended('BUG-2', at(10), { duration_ms: 20_000 }),
      ended('BUG-3', at(10), { duration_ms: 9_000, phases_ms: { verify: 3_000 } }),
      ended('BUG-4', at(10), { duration_ms: 7_000, phases_ms: { ready: 5_000, verify: 3_000 } }),
    ]);
    // (0 + 0 + 5)/3, (0 + 3 + 3)/3 and (20 + 6 − 1)/3 s, of 36/3; before it was 10.
    const close = (value: number): unknown => expect.closeTo(value, 9);
    expect(await phases()).toEqual([
      ['verify', 2_000, 6_000, close(-2)],
      ['ready', close(5_000 / 3), 4_000, close((5 / 3 - 4) / 2)],
      ['unattributed', close(25_000 / 3), 0, close(25 / 3 / 2)],
    ]);
    const rows = await store.client.taskPhases.query(week);
    const sum = (of: (row: (typeof rows)[number]) => number | null) =>
      rows.reduce((total, row) => total + (of(row) ?? NaN), 0);
    expect(sum((row) => row.avg_ms)).toBeCloseTo(12_000, 9);
    expect(sum((row) => row.time_share)).toBeCloseTo(1, 12);
    expect(sum((row) => row.change_share)).toBeCloseTo(1, 12);
    expect(sum((row) => row.change_ms)).toBeCloseTo(2_000, 9);
    // What no phase tells of is none, so it is no bottleneck.
    expect(rows.map(({ phase, is_bottleneck: is }) => [phase, is])).toEqual([
      ['verify', 1],
      ['ready', 0],
      ['unattributed', 0],
    ]);
  });

  it('have no share of a change that there is not', async () => {
    const phased = (ready: number, verify: number) => ({
      duration_ms: ready + verify,
      phases_ms: { ready, verify },
    });
    await tell([ended('BUG-1', at(3), phased(4_000, 6_000)), ended('BUG-2', at(10), phased(7_000, 3_000))]);
    expect(await figures()).toMatchObject({ avg_run_ms: [10_000, 10_000, 0] });
    expect(await phases()).toEqual([
      ['ready', 7_000, 4_000, null],
      ['verify', 3_000, 6_000, null],
    ]);
  });

  it('are unknown, not zero, in a window without runs', async () => {
    await tell([ended('BUG-1', at(3), { duration_ms: 9_000, phases_ms: { verify: 9_000 } })]);
    expect(await store.client.taskPhases.query(week)).toEqual([
      {
        phase: 'verify',
        runs: 0,
        runs_before: 1,
        avg_ms: null,
        avg_ms_before: 9_000,
        change_ms: null,
        time_share: null,
        change_share: null,
        is_bottleneck: 0,
      },
    ]);
    expect(await figures()).toMatchObject({ runs: [0, 1, -1], avg_run_ms: [null, 9_000, null] });
    expect(await store.client.taskPhases.query({ from: '2025-01-01', to: '2025-02-01' })).toEqual([]);
  });

  it('are timed from running to the outcome, or by their commands, none of them twice', async () => {
    const task = { task_id: 'BUG-1' };
    const phase = (name: string, status: 'running' | 'success' | 'failure', seconds: number) =>
      ({
        event: 'issue_phase',
        ...task,
        phase: name,
        status,
        timestamp: at(10, seconds),
      }) as const;
    const command = (id: string, name: string, seconds: number, duration_s: number, parent?: string) =>
      ({
        event: 'command_end',
        ...task,
        tool: 'make',
        phase: name,
        command_id: id,
        ...(parent === undefined ? {} : { parent_id: parent }),
        duration_s,
        status: 'success',
        timestamp: at(10, seconds),
      }) as const;
    await tell([
      { event: 'issue_start', ...task, timestamp: at(10) },
      // 10 s, and again 5 s; a command within is part of it.
      phase('implement', 'running', 0),
      command('a', 'implement', 8, 3),
      phase('implement', 'failure', 10),
      phase('implement', 'running', 20),
      phase('implement', 'success', 25),
      // An outcome without a beginning has no time.
      phase('review', 'success', 26),
      // 7 s of the outer command, in which the inner one ran, and 2 s of another.
      command('c', 'verify', 33, 4, 'b'),
      command('b', 'verify', 34, 7),
      command('d', 'verify', 40, 2),
      ended('BUG-1', at(10, 40)),
    ]);
    expect(await phases()).toEqual([
      ['implement', 15_000, null, null],
      ['verify', 9_000, null, null],
      ['review', 0, null, null],
      ['unattributed', 16_000, null, null],
    ]);
  });
});

describe('task_failures', () => {
  it('takes the type from the event, else from the id, and knows what nobody told', async () => {
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
      // The third run may have failed in ready or not.
      ['phase', 'ready', 1, 0, 0, null],
      ['phase', 'unattributed', 3, 1, 1, 0.5],
      ['type', 'BUG', 2, 1, 1, 0.5],
      ['type', 'unattributed', 2, 0, 1, 1],
    ]);
  });

  it('takes the last failed phase that did not succeed after that for the one that a run failed in', async () => {
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
      // Failed on the way, and was done in the end.
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

  it('counts the commands of the window by program, with a task or without', async () => {
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

describe('task_context', () => {
  it('takes the largest snapshot of each session, and sums the sessions of a task', async () => {
    const task = { task_id: 'BUG-1' };
    await tell([
      snapshot(at(10, 1), {
        ...task,
        session_id: 's1',
        estimated_tokens: 20_000,
        tool_calls: 9,
        breakdown: { Read: 6, Bash: 3 },
      }),
      // Compacted, and grown again, but not as large.
      snapshot(at(10, 2), {
        ...task,
        session_id: 's1',
        estimated_tokens: 12_000,
        tool_calls: 23,
        breakdown: { Read: 12, Edit: 5, Bash: 6 },
      }),
      snapshot(at(11), {
        ...task,
        session_id: 's2',
        estimated_tokens: 25_000,
        tool_calls: 2,
        breakdown: { Bash: 2 },
      }),
      snapshot(at(11), { task_id: 'ENH-2', estimated_tokens: 15_000 }),
      snapshot(at(11), { estimated_tokens: 7_000, tool_calls: 1 }),
      snapshot(at(4), { task_id: 'BUG-9', estimated_tokens: 20_000, tool_calls: 10 }),
      ended('BUG-1', at(11, 1), { status: 'failure' }),
      ended('BUG-1', at(11, 2)),
    ]);
    expect(await store.client.taskContext.query(week)).toMatchObject([
      {
        task: 'BUG-1',
        project: 'shop-00000001',
        task_type: 'BUG',
        runs: 2,
        outcome: 'success',
        sessions: 2,
        snapshots: 3,
        estimated_tokens: 45_000,
        tool_calls: 25,
        breakdown: [
          ['Read', 12],
          ['Bash', 8],
          ['Edit', 5],
        ],
        request_count: 0,
        total_tokens: null,
        total_cost_usd: null,
        unpriced_requests: 0,
      },
      { task: 'ENH-2', runs: 0, outcome: '', estimated_tokens: 15_000, tool_calls: null, breakdown: [] },
      { task: 'unattributed', estimated_tokens: 7_000, tool_calls: 1 },
    ]);
    expect(await figures()).toMatchObject({
      // (45,000 + 15,000) / 2 against 20,000; 25 calls of the one task that told them.
      context_tokens_per_task: [30_000, 20_000, 0.5],
      context_tool_calls_per_task: [25, 10, 1.5],
    });
  });

  it('gives a task the requests of its sessions, while no other task is open there', async () => {
    await store.client.apiRequests.ingest([
      // s1 names one task and no start: all of it is the task's. 1,000 tokens each.
      request('s1', at(10, 1), { cost_usd: 0.25 }),
      request('s1', at(10, 900), { cost_usd: null, model: 'claude-unheard-of' }),
      // s2 works at two tasks, one after the other; before, between and after belong to neither.
      request('s2', at(11, 50), { cost_usd: 9 }),
      request('s2', at(11, 150), { cost_usd: 0.5 }),
      request('s2', at(11, 250), { cost_usd: 9 }),
      request('s2', at(11, 350), { cost_usd: 0.125 }),
      request('s2', at(11, 450), { cost_usd: 9 }),
      // s3 has two tasks open at once.
      request('s3', at(12, 150), { cost_usd: 9 }),
      // No task is known of s4; that of the week before is of the week before.
      request('s4', at(12, 150), { cost_usd: 9 }),
      request('s5', at(4, 10), { cost_usd: 0.5 }),
    ]);
    const of = (task: string, session: string) => ({ task_id: task, session_id: session });
    await tell([
      snapshot(at(10, 500), { ...of('BUG-1', 's1'), estimated_tokens: 10 }),
      ended('BUG-1', at(10, 1_000), {}),
      { event: 'issue_start', ...of('BUG-2', 's2'), timestamp: at(11, 100) },
      ended('BUG-2', at(11, 200), of('BUG-2', 's2')),
      { event: 'issue_start', ...of('BUG-3', 's2'), timestamp: at(11, 300) },
      ended('BUG-3', at(11, 400), { ...of('BUG-3', 's2'), status: 'failure' }),
      { event: 'issue_start', ...of('BUG-4', 's3'), timestamp: at(12, 100) },
      { event: 'issue_start', ...of('BUG-5', 's3'), timestamp: at(12, 100) },
      { event: 'issue_start', ...of('BUG-6', 's5'), timestamp: at(4, 0) },
      ended('BUG-6', at(4, 20), of('BUG-6', 's5')),
      // A snapshot without a task is that of the one that was open in its session.
      snapshot(at(11, 150), { session_id: 's2', estimated_tokens: 300 }),
      snapshot(at(11, 250), { session_id: 's2', estimated_tokens: 5 }),
    ]);
    const rows = await store.client.taskContext.query(week);
    expect(
      rows.map((row) => [
        row.task,
        row.estimated_tokens,
        row.request_count,
        row.total_tokens,
        row.total_cost_usd,
        row.unpriced_requests,
        row.outcome,
      ]),
    ).toEqual([
      ['BUG-2', 300, 1, 1_000, 0.5, 0, 'success'],
      ['BUG-1', 10, 2, 2_000, 0.25, 1, 'success'],
      ['BUG-3', null, 1, 1_000, 0.125, 0, 'failure'],
      ['unattributed', 5, 0, null, null, 0, ''],
    ]);
    expect(await figures()).toMatchObject({
      // Of BUG-1 and BUG-2, which were completed: 3,000 tokens and 0.75 USD; before, of BUG-6.
      completed_tasks: [2, 1, 1],
      tokens_per_completed_task: [1_500, 1_000, 0.5],
      cost_usd_per_completed_task: [0.375, 0.5, -0.25],
      unpriced_requests: [1, 0, null],
    });
  });
});

describe('task_phase_usage', () => {
  /** [phase, tasks, requests, tokens, USD, unpriced, share, tokens and USD of a completed task] */
  async function usage(window: Window = week) {
    const rows = await store.client.taskPhaseUsage.query(window);
    return rows.map((row) => [
      row.phase,
      row.tasks,
      row.request_count,
      row.total_tokens,
      row.total_cost_usd,
      row.unpriced_requests,
      row.token_share,
      row.tokens_per_completed_task,
      row.cost_usd_per_completed_task,
    ]);
  }

  it('has the tokens and the list price of the requests made in each phase, which sum to those of a task', async () => {
    const one = { task_id: 'BUG-1', session_id: 's1' };
    const two = { task_id: 'ENH-2', session_id: 's2' };
    await store.client.apiRequests.ingest([
      // 1,000 tokens each, but for one of 3,000.
      request('s1', at(10, 5), { cost_usd: 0.5 }),
      request('s1', at(10, 30), { cost_usd: 0.25 }),
      request('s1', at(10, 50), { cost_usd: 0.25, input_tokens: 2_100 }),
      request('s1', at(10, 90), { cost_usd: null, model: 'claude-unheard-of' }),
      // Of another task, that failed.
      request('s2', at(11, 10), { cost_usd: 4 }),
      // Of no task, and before the window.
      request('s3', at(10, 30), { cost_usd: 9 }),
      request('s1', at(8, 0), { cost_usd: 9 }),
    ]);
    await tell([
      { event: 'issue_start', ...one, timestamp: at(10) },
      // From 0 to 40 s, told as begin and end; from 40 to 60 s, told by its length; then in no phase.
      { event: 'issue_phase', ...one, phase: 'implement', status: 'running', timestamp: at(10) },
      { event: 'issue_phase', ...one, phase: 'implement', status: 'success', timestamp: at(10, 40) },
      { event: 'issue_phase', ...one, phase: 'verify', duration_s: 20, timestamp: at(10, 60) },
      ended('BUG-1', at(10, 100), one),
      { event: 'issue_start', ...two, timestamp: at(11) },
      { event: 'command_end', ...two, tool: 'npm', phase: 'verify', duration_s: 30, timestamp: at(11, 30) },
      ended('ENH-2', at(11, 40), { ...two, status: 'failure' }),
    ]);
    expect(await usage()).toEqual([
      ['verify', 2, 2, 4_000, 4.25, 0, 4 / 7, 3_000, 0.25],
      ['implement', 1, 2, 2_000, 0.75, 0, 2 / 7, 2_000, 0.75],
      ['unattributed', 1, 1, 1_000, null, 1, 1 / 7, 1_000, null],
    ]);
    // 3,000 + 2,000 + 1,000 tokens; 0.25 + 0.75 USD.
    expect(await figures()).toMatchObject({
      tokens_per_completed_task: [6_000, null, null],
      cost_usd_per_completed_task: [1, null, null],
    });
  });

  it('puts a request into one phase: of those that are open, the one that began last', async () => {
    const of = { task_id: 'BUG-1', session_id: 's1' };
    const phase = (name: string, from: number, to: number): EmittedEvent => ({
      event: 'issue_phase',
      ...of,
      phase: name,
      status: 'success',
      duration_s: to - from,
      timestamp: at(10, to),
    });
    await store.client.apiRequests.ingest(
      [5, 20, 45, 55, 80, 95].map((seconds) => request('s1', at(10, seconds), { cost_usd: 1 })),
    );
    await tell([
      // review lies within implement; verify begins before implement ends. Two begin together: the shorter one.
      phase('implement', 0, 50),
      phase('review', 10, 30),
      phase('verify', 40, 60),
      phase('release', 70, 90),
      phase('tag', 70, 85),
      // A phase ends in the moment in which the next begins, and a request is made: it is of the next.
      phase('announce', 95, 99),
      phase('publish', 92, 95),
      ended('BUG-1', at(10, 100), of),
    ]);
    expect((await usage()).map(([name, , requests]) => [name, requests])).toEqual([
      ['verify', 2],
      ['announce', 1],
      ['implement', 1],
      ['review', 1],
      ['tag', 1],
    ]);
  });

  it('ends a phase that nobody ended with the next one or with its run', async () => {
    const of = { task_id: 'BUG-1', session_id: 's1' };
    const begun = (name: string, seconds: number, more: object = { status: 'running' }): EmittedEvent => ({
      event: 'issue_phase',
      ...of,
      phase: name,
      timestamp: at(10, seconds),
      ...more,
    });
    await store.client.apiRequests.ingest(
      [5, 15, 25, 35, 45, 55].map((seconds) => request('s1', at(10, seconds))),
    );
    await tell([
      { event: 'issue_start', ...of, timestamp: at(10) },
      // Begun without an outcome, until implement begins; implement until the run ends; then nothing until verify.
      begun('ready', 0, {}),
      begun('implement', 10),
      ended('BUG-1', at(10, 20), { ...of, status: 'failure' }),
      { event: 'issue_start', ...of, timestamp: at(10, 30) },
      // An end whose beginning nobody told has no time.
      begun('implement', 38, { status: 'success' }),
      // Still open.
      begun('verify', 40),
    ]);
    expect((await usage()).map(([name, , requests]) => [name, requests])).toEqual([
      ['verify', 2],
      ['implement', 1],
      ['ready', 1],
      ['unattributed', 2],
    ]);
  });

  it("takes a phase told outside of any session for all of the task's, one told in a session for that alone", async () => {
    await store.client.apiRequests.ingest([
      request('s1', at(10, 5)),
      request('s2', at(10, 5)),
      request('s1', at(10, 15)),
      request('s2', at(10, 15)),
    ]);
    const of = { task_id: 'BUG-1' };
    await tell([
      snapshot(at(10, 1), { ...of, session_id: 's1', estimated_tokens: 1 }),
      snapshot(at(10, 1), { ...of, session_id: 's2', estimated_tokens: 1 }),
      { event: 'issue_phase', ...of, phase: 'implement', duration_s: 10, timestamp: at(10, 10) },
      {
        event: 'issue_phase',
        ...of,
        session_id: 's2',
        phase: 'verify',
        duration_s: 10,
        timestamp: at(10, 20),
      },
    ]);
    // Another project's task of this id has phases of its own.
    await tell(
      [{ event: 'issue_phase', ...of, phase: 'other', duration_s: 30, timestamp: at(10, 30) }],
      'blog-2',
    );
    expect((await usage()).map(([name, tasks, requests]) => [name, tasks, requests])).toEqual([
      ['implement', 1, 2],
      ['verify', 1, 1],
      ['unattributed', 1, 1],
    ]);
  });

  it('does not know phases of which only the lengths were told, and is empty without requests', async () => {
    const of = { task_id: 'BUG-1', session_id: 's1' };
    await tell([
      { event: 'issue_start', ...of, timestamp: at(10) },
      ended('BUG-1', at(10, 20), { ...of, phases_ms: { ready: 10_000, verify: 10_000 } }),
    ]);
    expect(await usage()).toEqual([]);
    await store.client.apiRequests.ingest([request('s1', at(10, 5), { cost_usd: 0.5 })]);
    expect(await usage()).toEqual([['unattributed', 1, 1, 1_000, 0.5, 0, 1, 1_000, 0.5]]);
  });
});
