import { describe, expect, it } from 'vitest';
import type { EmittedEvent } from '../../../src/index.js';
import { useStore } from '../helpers/store.js';
import { at, week, type Window } from '../helpers/task-example.js';
import { ended, request, snapshot, useTaskQuestions } from '../helpers/task-questions.js';

const store = useStore();
const { figures, tell } = useTaskQuestions(store);

describe('task_context', () => {
  it('the largest snapshot of each session counts, and the sessions of a task are summed', async () => {
    const task = { task_id: 'BUG-1' };
    await tell([
      snapshot(at(10, 1), {
        ...task,
        session_id: 's1',
        estimated_tokens: 20_000,
        tool_calls: 9,
        breakdown: { Read: 6, Bash: 3 },
      }),
      // Compacted, and grown again, but less.
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
      // (45,000 + 15,000) / 2 compared with 20,000; 25 calls of the only task that reported them.
      context_tokens_per_task: [30_000, 20_000, 0.5],
      context_tool_calls_per_task: [25, 10, 1.5],
    });
  });

  it('a task gets the requests of its sessions while no other task is open there', async () => {
    await store.client.apiRequests.ingest([
      // s1 names one task and no start: all its requests belong to the task. 1,000 tokens each.
      request('s1', at(10, 1), { cost_usd: 0.25 }),
      request('s1', at(10, 900), { cost_usd: null, model: 'claude-unheard-of' }),
      // s2 works on two tasks, one after the other; requests before, between and after belong to neither.
      request('s2', at(11, 50), { cost_usd: 9 }),
      request('s2', at(11, 150), { cost_usd: 0.5 }),
      request('s2', at(11, 250), { cost_usd: 9 }),
      request('s2', at(11, 350), { cost_usd: 0.125 }),
      request('s2', at(11, 450), { cost_usd: 9 }),
      // s3 has two tasks open at the same time.
      request('s3', at(12, 150), { cost_usd: 9 }),
      // s4 has no known task; the task of the previous week is not in this window.
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
      // A snapshot without a task belongs to the task that was open in its session.
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
      // BUG-1 and BUG-2 were completed: 3,000 tokens and 0.75 USD; in the week before, BUG-6.
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

  it('tokens and list price are those of requests in each phase, and sum to those of a task', async () => {
    const one = { task_id: 'BUG-1', session_id: 's1' };
    const two = { task_id: 'ENH-2', session_id: 's2' };
    await store.client.apiRequests.ingest([
      // 1,000 tokens each, except one with 3,000.
      request('s1', at(10, 5), { cost_usd: 0.5 }),
      request('s1', at(10, 30), { cost_usd: 0.25 }),
      request('s1', at(10, 50), { cost_usd: 0.25, input_tokens: 2_100 }),
      request('s1', at(10, 90), { cost_usd: null, model: 'claude-unheard-of' }),
      // Of another task, which failed.
      request('s2', at(11, 10), { cost_usd: 4 }),
      // Of no task, and before the window.
      request('s3', at(10, 30), { cost_usd: 9 }),
      request('s1', at(8, 0), { cost_usd: 9 }),
    ]);
    await tell([
      { event: 'issue_start', ...one, timestamp: at(10) },
      // From 0 to 40 s, reported as start and end; from 40 to 60 s, reported by its length; then in no phase.
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

  it('a request belongs to one phase: the open one that started last', async () => {
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
      // review is inside implement; verify starts before implement ends. If two start together, the shorter one counts.
      phase('implement', 0, 50),
      phase('review', 10, 30),
      phase('verify', 40, 60),
      phase('release', 70, 90),
      phase('tag', 70, 85),
      // A phase ends at the moment when the next one starts and a request is made: it belongs to the next one.
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

  it('a phase without an end ends with the next phase or with its run', async () => {
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
      // Started without an outcome, so it lasts until implement starts; implement lasts until the run ends; then
      // nothing until verify.
      begun('ready', 0, {}),
      begun('implement', 10),
      ended('BUG-1', at(10, 20), { ...of, status: 'failure' }),
      { event: 'issue_start', ...of, timestamp: at(10, 30) },
      // An end without a reported start has no time.
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

  it('a phase reported outside of a session covers the whole task, one in a session only that session', async () => {
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
    // A task with this id in another project has its own phases.
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

  it('phases with only a length are unknown, and without requests the result is empty', async () => {
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
