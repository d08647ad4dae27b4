import { describe, expect, it } from 'vitest';
import { useStore } from '../helpers/store.js';
import { at, taskExample, week, weekBefore } from '../helpers/task-example.js';
import { ended, useTaskQuestions } from '../helpers/task-questions.js';

const store = useStore();
const { figures, phases, tell } = useTaskQuestions(store);

describe('the example: the average time rose, and the reason', () => {
  it('the example of tasks has the averages of this week and last week', async () => {
    await tell(taskExample());
    expect(await figures()).toMatchObject({
      tasks: [8, 4, 1],
      runs: [8, 4, 1],
      failures: [2, 0, null],
      failure_rate: [0.25, 0, null],
      completed_tasks: [6, 4, 0.5],
      unfinished_tasks: [0, 0, null],
      timed_runs: [8, 4, 1],
      // 114 s more than 192 s.
      avg_run_ms: [306_000, 192_000, 114 / 192],
      context_tokens_per_task: [null, null, null],
      tokens_per_completed_task: [null, null, null],
      cost_usd_per_completed_task: [null, null, null],
    });
  });

  it('the bottleneck is implement, with 80 % of the increase', async () => {
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

  it('2 of 8 runs failed in verify, both ENH', async () => {
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

  it('a window has the same figures as the selected one and as the previous one', async () => {
    await tell(taskExample());
    const [now, before] = [await figures(weekBefore), await figures(week)];
    for (const [metric, [value]] of Object.entries(now)) expect(before[metric]?.[1], metric).toBe(value);
  });
});

describe('a run of a task', () => {
  it('a run counts once, however often its event is reported', async () => {
    const event = ended('BUG-1', at(10), { event_id: 'bug-1-done', duration_ms: 1_000 });
    await tell([event, event, ended('BUG-2', at(10), { duration_ms: 3_000 })]);
    await tell([event]);
    expect(await figures()).toMatchObject({ runs: [2, 0, null], avg_run_ms: [2_000, null, null] });
  });

  it('a run belongs to the window in which it ended, with the time since its start', async () => {
    await tell([
      // From the last hour of the previous week into this one: 2 h.
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(8, 23 * 3_600) },
      { event: 'issue_phase', task_id: 'BUG-1', phase: 'ready', duration_s: 1_800, timestamp: at(8, 84_600) },
      ended('BUG-1', at(9, 3_600)),
      // Started in this week, ended in the next.
      { event: 'issue_start', task_id: 'BUG-2', timestamp: at(15, 86_000) },
      ended('BUG-2', at(16, 100)),
      // Ends exactly at the limits: the first moment is included, the last is not.
      ended('BUG-3', at(9), { duration_ms: 3_600_000 }),
      ended('BUG-4', at(16), { duration_ms: 1 }),
    ]);
    expect(await figures()).toMatchObject({
      runs: [2, 0, null],
      avg_run_ms: [5_400_000, null, null],
      // BUG-2 in this week; BUG-1 in the one before.
      unfinished_tasks: [1, 1, 0],
    });
    // 0.5 h of ready, of 3 h in total.
    expect(await phases()).toEqual([
      ['ready', 900_000, null, null],
      ['unattributed', 4_500_000, null, null],
    ]);
  });

  it('a task that has only started has no run', async () => {
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

  it('each of several runs of a task has the time since its own last start', async () => {
    await tell([
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10, 0) },
      ended('BUG-1', at(10, 60), { status: 'failure' }),
      // Started, crashed, started again.
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
    // 20 s of 90, in two runs.
    expect(await phases()).toEqual([
      ['ready', 10_000, null, null],
      ['unattributed', 35_000, null, null],
    ]);
  });

  it('a run keeps its own start if the next one starts at the moment of its end', async () => {
    await tell([
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10) },
      ended('BUG-1', at(10, 60), { status: 'failure' }),
      { event: 'issue_start', task_id: 'BUG-1', timestamp: at(10, 60) },
      ended('BUG-1', at(10, 70), { duration_ms: 10_000 }),
      // All at the same moment.
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

  it('skipped or cancelled is not a run; a timeout is a failure; an outcome may be unknown', async () => {
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

  it('a run has no time if none was reported, and that of its phases if only they were', async () => {
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

  it('a run belongs to its project: two projects may use the same id', async () => {
    await tell([ended('BUG-1', at(10), { duration_ms: 1_000 })], 'shop-1');
    await tell([ended('BUG-1', at(11), { duration_ms: 5_000, status: 'failure' })], 'blog-2');
    expect(await figures()).toMatchObject({ tasks: [2, 0, null], avg_run_ms: [3_000, null, null] });
    expect(await figures({ ...week, project: 'blog-2' })).toMatchObject({
      tasks: [1, 0, null],
      failures: [1, 0, null],
      avg_run_ms: [5_000, null, null],
    });
  });

  it('a run is found in a rolling window', async () => {
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
  it('phases and time outside of them sum to the average time, and their shares to 1', async () => {
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
    // Time outside of all phases is not a phase, so it is no bottleneck.
    expect(rows.map(({ phase, is_bottleneck: is }) => [phase, is])).toEqual([
      ['verify', 1],
      ['ready', 0],
      ['unattributed', 0],
    ]);
  });

  it('without a change of the time, phases have no share of a change', async () => {
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

  it('in a window without runs, phases are unknown, not zero', async () => {
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

  it('a phase lasts from running to its outcome, or as its commands, never counted twice', async () => {
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
      // An outcome without a start has no time.
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
