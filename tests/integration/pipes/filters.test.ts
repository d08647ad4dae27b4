import { describe, expect, it } from 'vitest';
import { makeApiRequestRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

/** Four requests of two days, with costs that tell them apart in any sum. */
async function fill() {
  await store.client.apiRequests.ingest([
    makeApiRequestRow({
      ...{ timestamp: '2026-03-02 10:00:00.000', session_id: 'one', cost_usd: 1, input_tokens: 10 },
      ...{ model: 'claude-opus-4-8', git_branch: 'main', skill_name: 'audit' },
    }),
    makeApiRequestRow({
      ...{ timestamp: '2026-03-02 11:00:00.000', session_id: 'one', cost_usd: 2, input_tokens: 20 },
      ...{ model: 'claude-opus-4-7', git_branch: 'main', agent_id: 'x', agent_type: 'Explore' },
    }),
    makeApiRequestRow({
      ...{ timestamp: '2026-03-03 10:00:00.000', session_id: 'two', cost_usd: 4, input_tokens: 40 },
      ...{ model: 'claude-3-5-haiku-20241022', git_branch: 'fix' },
    }),
    makeApiRequestRow({
      ...{ timestamp: '2026-03-03 12:00:00.000', session_id: 'three', cost_usd: null, input_tokens: 80 },
      ...{ model: 'kimi-k3', git_branch: '' },
    }),
  ]);
}

const parts = async (asked: object) =>
  (await store.client.usageBreakdown.query({ ...march, ...asked })).map((row) => [
    row.part,
    row.request_count,
    row.total_cost_usd,
  ]);

describe('usage_breakdown', () => {
  it('groups all requests by each of its parts, and what has none is unattributed', async () => {
    await fill();
    expect(await parts({})).toEqual([['', 4, 7]]);
    expect(await parts({ group_by: 'model_family' })).toEqual([
      ['haiku', 1, 4],
      ['opus', 2, 3],
      ['unattributed', 1, null],
    ]);
    expect(await parts({ group_by: 'branch' })).toEqual([
      ['fix', 1, 4],
      ['main', 2, 3],
      ['unattributed', 1, null],
    ]);
    expect(await parts({ group_by: 'session' })).toEqual([
      ['two', 1, 4],
      ['one', 2, 3],
      ['three', 1, null],
    ]);
    expect(await parts({ group_by: 'agent' })).toEqual([
      ['main', 3, 5],
      ['Explore', 1, 2],
    ]);
    const [skill] = await store.client.usageBreakdown.query({ ...march, group_by: 'skill', limit: 1 });
    expect(skill).toMatchObject({ part: 'unattributed', sessions: 3, total_input: 140 });
    expect(skill?.cost_share).toBeCloseTo(6 / 7, 12);
  });

  it('each filter keeps its requests, and several keep what all of them keep', async () => {
    await fill();
    expect(await parts({ model: 'kimi-k3' })).toEqual([['', 1, null]]);
    expect(await parts({ model_family: 'opus' })).toEqual([['', 2, 3]]);
    expect(await parts({ agent: 'Explore' })).toEqual([['', 1, 2]]);
    expect(await parts({ skill: 'audit' })).toEqual([['', 1, 1]]);
    expect(await parts({ branch: 'unattributed' })).toEqual([['', 1, null]]);
    expect(await parts({ branch: 'main', agent: 'main', group_by: 'model' })).toEqual([
      ['claude-opus-4-8', 1, 1],
    ]);
    expect(await parts({ branch: 'main', model_family: 'haiku' })).toEqual([]);
  });

  it('parts that do not exist are refused', async () => {
    await expect(parts({ group_by: 'colour' })).rejects.toThrow(
      'group_by takes model, model_family, agent, skill, project, branch, session, session_type, device, user',
    );
  });
});

describe('usage_series', () => {
  const points = async (asked: object) =>
    (await store.client.usageSeries.query({ ...march, ...asked })).map((row) => [
      row.period_start,
      row.part,
      row.is_rest,
      row.value,
    ]);

  it('has the chosen figure of each period and part; parts beyond the limit are one together', async () => {
    await fill();
    expect(await points({})).toEqual([
      ['2026-03-02', '', 0, 3],
      ['2026-03-03', '', 0, 4],
    ]);
    expect(await points({ group_by: 'model_family', metric: 'requests', limit: 1 })).toEqual([
      ['2026-03-02', '', 1, 2],
      ['2026-03-03', 'haiku', 0, 1],
      ['2026-03-03', '', 1, 1],
    ]);
    expect(await points({ metric: 'input_tokens', period: 'monthly' })).toEqual([['2026-03-01', '', 0, 150]]);
    expect(await points({ metric: 'cost_usd', model: 'kimi-k3' })).toEqual([['2026-03-03', '', 0, null]]);
    expect(await points({ metric: 'sessions', period: 'hourly', timezone: 'Europe/Berlin' })).toEqual([
      ['2026-03-02 11:00', '', 0, 1],
      ['2026-03-02 12:00', '', 0, 1],
      ['2026-03-03 11:00', '', 0, 1],
      ['2026-03-03 13:00', '', 0, 1],
    ]);
  });

  it('refuses a figure that it does not have', async () => {
    await expect(points({ metric: 'happiness' })).rejects.toThrow('metric takes cost_usd, requests,');
  });
});

describe('usage_totals', () => {
  it('compares the figures of the filtered requests with those of the window before', async () => {
    await fill();
    const day = { from: '2026-03-03 00:00:00', to: '2026-03-04 00:00:00' };
    const figures = async (asked: object) =>
      Object.fromEntries(
        (await store.client.usageTotals.query({ ...day, ...asked })).map((row) => [
          row.metric,
          [row.value, row.value_before],
        ]),
      );
    expect(await figures({})).toMatchObject({
      cost_usd: [4, 3],
      requests: [2, 2],
      unpriced_requests: [1, 0],
      sessions: [2, 1],
      input_tokens: [120, 30],
    });
    expect(await figures({ branch: 'main' })).toMatchObject({ cost_usd: [null, 3], requests: [0, 2] });
  });
});
