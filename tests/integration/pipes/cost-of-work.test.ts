import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';
import { at, week } from '../helpers/task-example.js';
import { ended, request, useTaskQuestions } from '../helpers/task-questions.js';

const store = useStore();
const { tell } = useTaskQuestions(store);

const sum = (rows: readonly { total_cost_usd: number | null }[]) =>
  rows.reduce((total, row) => total + (row.total_cost_usd ?? 0), 0);

/** Three tasks, two of one feature, and a session without a task. Each cost is a power of two. */
const fillTasks = async () => {
  await store.client.apiRequests.ingest([
    request('s1', at(10, 1), { cost_usd: 1 }),
    request('s1', at(10, 2), { cost_usd: null, model: 'claude-unheard-of' }),
    request('s2', at(11, 50), { cost_usd: 2 }),
    request('s2', at(11, 150), { cost_usd: 4 }),
    request('s2', at(11, 350), { cost_usd: 8 }),
    request('s3', at(12, 1), { cost_usd: 16 }),
    // Two tasks are open at once: it belongs to neither.
    request('s4', at(13, 50), { cost_usd: 32 }),
  ]);
  await tell([
    ended('BUG-1', at(10, 100), { session_id: 's1', feature_id: 'cart' }),
    { event: 'issue_start', task_id: 'BUG-2', session_id: 's2', feature_id: 'old', timestamp: at(11, 100) },
    ended('BUG-2', at(11, 200), { session_id: 's2', feature_id: 'cart' }),
    { event: 'issue_start', task_id: 'ENH-3', session_id: 's2', timestamp: at(11, 300) },
    ended('ENH-3', at(11, 400), { session_id: 's2', status: 'failure' }),
    { event: 'issue_start', task_id: 'ENH-4', session_id: 's4', feature_id: 'till', timestamp: at(13, 1) },
    { event: 'issue_start', task_id: 'ENH-5', session_id: 's4', feature_id: 'till', timestamp: at(13, 2) },
  ]);
};

describe('cost_by_task and cost_by_feature', () => {
  it('a request belongs to the one task that was open, and to the feature of that task', async () => {
    await fillTasks();
    const tasks = await store.client.costByTask.query(week);
    expect(tasks.map((row) => [row.task, row.feature, row.total_cost_usd, row.unpriced_requests])).toEqual([
      ['ENH-3', '', 8, 0],
      // The last event of the task names this feature.
      ['BUG-2', 'cart', 4, 0],
      ['BUG-1', 'cart', 1, 1],
      ['unattributed', '', 2 + 16 + 32, 0],
    ]);
    const features = await store.client.costByFeature.query(week);
    expect(features.map((row) => [row.feature, row.tasks, row.sessions, row.total_cost_usd])).toEqual([
      ['cart', 2, 2, 5],
      ['unattributed', 0, 3, 8 + 2 + 16 + 32],
    ]);
  });

  it.each([{}, { project: 'shop-00000001' }])(
    'both sum to the total of the models for %j',
    async (filter) => {
      await fillTasks();
      await store.client.apiRequests.ingest(
        Array.from({ length: 60 }, (_, n) =>
          request(`s${n % 5}`, at(10 + (n % 4), n * 7), { cost_usd: 0.1 + n / 1_000 }),
        ),
      );
      const window = { ...week, ...filter };
      const total = sum(await store.client.costByModel.query(window));
      expect(total).toBeGreaterThan(60);
      expect(sum(await store.client.costByTask.query(window))).toBeCloseTo(total, 9);
      expect(sum(await store.client.costByFeature.query(window))).toBeCloseTo(total, 9);
    },
  );
});

describe('efficiency', () => {
  it('tells the cost of completed tasks and the retries per successful call', async () => {
    await fillTasks();
    const call = (n: number, status: string, more = {}) =>
      makeTelemetryEventRow({
        session_id: 's1',
        prompt_id: 'p',
        timestamp: at(10, n).replace('Z', ''),
        status,
        ...more,
      });
    await store.client.telemetryEvents.ingest([
      call(1, 'failure'),
      call(2, 'failure'),
      call(3, 'success'),
      call(4, 'success'),
      // Another tool in between is no retry, and no end of one.
      call(5, 'failure', { tool_name: 'Edit' }),
      call(6, 'success', { agent_type: 'reviewer', agent_id: 'a' }),
    ]);
    expect(await store.client.efficiency.query(week)).toEqual([
      {
        part: 'all',
        request_count: 7,
        total_tokens: 7_000,
        total_cost_usd: 63,
        unpriced_requests: 1,
        completed_tasks: 2,
        // BUG-1 has two requests of 1,000 tokens, BUG-2 one.
        tokens_per_completed_task: 1_500,
        cost_usd_per_completed_task: 2.5,
        tool_calls: 6,
        successful_calls: 3,
        retries: 2,
        retries_per_successful_call: 2 / 3,
      },
    ]);
    const agents = await store.client.efficiency.query({ ...week, group_by: 'agent' });
    expect(agents.map((row) => [row.part, row.total_cost_usd, row.tool_calls, row.retries])).toEqual([
      ['main', 63, 5, 2],
      ['reviewer', null, 1, 0],
    ]);
    const models = await store.client.efficiency.query({ ...week, group_by: 'model' });
    expect(models.map((row) => [row.part, row.completed_tasks, row.cost_usd_per_completed_task])).toEqual([
      ['claude-opus-4-8', 2, 2.5],
      // Calls whose model is not known.
      ['unattributed', 0, null],
      ['claude-unheard-of', 1, null],
    ]);
  });

  it('refuses an unknown group', async () => {
    await expect(store.client.efficiency.query({ ...week, group_by: 'tool' })).rejects.toThrow(
      'group_by takes all, project, model, agent',
    );
  });
});

describe('cost_by_tool', () => {
  const march = { from: '2026-03-02 00:00:00', to: '2026-03-03 00:00:00' };
  const second = (n: number, day = 2) => `2026-03-0${day} 10:00:${String(n).padStart(2, '0')}.000`;
  const asked = (cost_usd: number | null, n: number, more = {}) =>
    makeApiRequestRow({ cost_usd, timestamp: second(n), ...more });
  const called = (tool_name: string, n: number, more = {}) =>
    makeTelemetryEventRow({ tool_name, timestamp: second(n), ...more });

  it('the next request of the thread is shared by the calls whose results it brings', async () => {
    await store.client.apiRequests.ingest([
      // The prompt.
      asked(1, 1),
      // Brings the results of two reads and a search.
      asked(6, 3),
      asked(8, 5),
      // A subagent: its first request answers nothing, its second one its own call.
      asked(16, 4, { agent_id: 'a', agent_type: 'Explore', is_sidechain: 1 }),
      asked(32, 6, { agent_id: 'a', agent_type: 'Explore', is_sidechain: 1 }),
      asked(64, 7, { session_id: 'session-2' }),
      asked(null, 9, { model: 'claude-unheard-of' }),
    ]);
    await store.client.telemetryEvents.ingest([
      called('Read', 1),
      called('Read', 2),
      called('Grep', 2),
      // Called by the response itself, at the time of its request.
      called('Agent', 3),
      called('Read', 5, { agent_id: 'a' }),
      // The call before the window is answered in it.
      makeTelemetryEventRow({
        tool_name: 'Bash',
        timestamp: '2026-03-01 23:59:59.000',
        session_id: 'session-2',
      }),
      called('Bash', 8),
      // No request follows.
      called('Write', 20),
    ]);
    const rows = await store.client.costByTool.query(march);
    expect(
      rows.map((row) => [
        row.tool_name,
        row.calls,
        row.request_count,
        row.total_cost_usd,
        row.unpriced_requests,
      ]),
    ).toEqual([
      ['Bash', 2, 2, 64, 1],
      ['Read', 3, 2, 4 + 32, 0],
      ['Agent', 1, 1, 8, 0],
      ['Grep', 1, 1, 2, 0],
      ['unattributed', 0, 2, 1 + 16, 0],
    ]);
    expect(rows.reduce((total, row) => total + row.request_share, 0)).toBeCloseTo(7, 9);
    expect(sum(rows)).toBeCloseTo(127, 9);
    // 100 uncached and 50 written tokens of each request; the two reads have two thirds of one.
    expect(rows[1]?.fresh_input_tokens).toBeCloseTo(150 + 100, 9);
  });
});
