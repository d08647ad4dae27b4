import { describe, expect, it } from 'vitest';
import { readRule } from '../../../src/alerts/rule.js';
import { evaluationRow, ruleRow } from '../../../src/alerts/rows.js';
import { savedRule } from '../../../src/alerts/sample.js';
import { toolMetricNames } from '../../../src/pipes/parts/alert-metrics.js';
import { seriesMetricNames } from '../../../src/pipes/parts/series-metrics.js';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { ingestSignals, useStore } from '../helpers/store.js';

const store = useStore();

const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
const starts = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06']
  .map((day) => at(`${day} 00:00:00`))
  .join(',');
const week = { from: '2026-03-02 00:00:00', to: '2026-03-07 00:00:00' };

/** Costs by day: 1 and 2 on the 2nd, 5 on the 3rd, none on the 4th, unknown on the 5th, 8 on the 6th. */
async function fill() {
  const request = (timestamp: string, cost_usd: number | null, some = {}) =>
    makeApiRequestRow({ timestamp, cost_usd, input_tokens: 10, model: 'claude-opus-4-8', ...some });
  await store.client.apiRequests.ingest([
    request('2026-03-02 10:00:00.000', 1),
    request('2026-03-02 23:59:59.999', 2, { agent_id: 'x', agent_type: 'Explore' }),
    request('2026-03-03 00:00:00.000', 5),
    request('2026-03-05 12:00:00.000', null, { model: 'kimi-k3' }),
    request('2026-03-06 12:00:00.000', 8),
    // After the window.
    request('2026-03-07 00:00:00.000', 100),
  ]);
}

describe('alert_values', () => {
  it('has the figure of the last part, and the median of the known ones before', async () => {
    await fill();
    expect(await store.client.alertValues.query({ ...week, starts })).toEqual([
      {
        value: 8,
        row_count: 1,
        // Of 3, 5 and 0; the 5th is unknown.
        median_before: 3,
        median_windows: 3,
        starts_at: '2026-03-06 00:00:00.000',
        ends_at: '2026-03-07 00:00:00.000',
      },
    ]);
    const [requests] = await store.client.alertValues.query({ ...week, starts, metric: 'requests' });
    // Of 2, 1, 0 and 1.
    expect(requests).toMatchObject({ value: 1, median_before: 1, median_windows: 4 });
    const [ofAgent] = await store.client.alertValues.query({ ...week, starts, agent: 'Explore' });
    expect(ofAgent).toMatchObject({ value: 0, row_count: 0, median_before: 0 });
    const [rate] = await store.client.alertValues.query({ ...week, starts, metric: 'tool_success_rate' });
    expect(rate).toMatchObject({ value: null, row_count: 0, median_before: null, median_windows: 0 });
  });

  it('without parts it is about the whole window, and each figure equals that of the pipe that has its name', async () => {
    await fill();
    await store.client.telemetryEvents.ingest(
      (['success', 'failure', 'success', 'success'] as const).map((status, place) =>
        makeTelemetryEventRow({
          ...{ timestamp: `2026-03-03 10:00:0${place}.000`, event: 'tool_call', status },
          ...{ tool_name: 'Bash', tool_use_id: `t${place}` },
        }),
      ),
    );
    const totals = await store.client.usageTotals.query(week);
    const summary = await store.client.usageSummary.query(week);
    const answers: Record<string, number | null> = {};
    for (const metric of [...seriesMetricNames, ...toolMetricNames]) {
      const [row] = await store.client.alertValues.query({ ...week, metric });
      answers[metric] = row?.value ?? null;
    }
    expect(answers).toMatchObject({
      cost_usd: 16,
      requests: 5,
      unpriced_requests: 1,
      tool_calls: 4,
      tool_failures: 1,
      tool_success_rate: 0.75,
    });
    for (const metric of seriesMetricNames)
      expect(answers[metric], metric).toEqual(totals.find((row) => row.metric === metric)?.value);
    for (const metric of toolMetricNames)
      expect(answers[metric], metric).toEqual(summary.find((row) => row.metric === metric)?.value);
  });

  it('refuses another figure by name', async () => {
    await expect(store.client.alertValues.query({ metric: 'joy' })).rejects.toThrow('metric takes cost_usd');
  });
});

describe('alert_list and alert_history', () => {
  const recorder = { device: 'test', origin: 'live', privacyTier: 1 } as const;
  const daily = readRule({
    rule: 'daily',
    metric: 'cost_usd',
    span: 'day',
    above: 50,
    project: 'shop-00000001',
  });
  const budget = readRule({
    rule: 'mine',
    metric: 'total_tokens',
    span: 'session',
    soft: 1_000,
    hard: 2_000,
  });
  const [saved, later] = [at('2026-03-02 08:00:00'), at('2026-03-02 12:00:00')];

  it('show each rule in its newest version, with its last change and how often it fired', async () => {
    const version = saved + 1;
    const change = {
      ...{ value: 61.2, threshold: 50, from: at('2026-03-02 00:00:00'), to: later },
      ...{ isLate: false, isTold: true, stateBefore: 'ok' as const },
    };
    await ingestSignals(store.client, [
      ruleRow({ ...daily, threshold: 10 }, recorder, saved),
      ruleRow(daily, recorder, version),
      ruleRow(budget, recorder, saved),
      ruleRow({ ...budget, rule: 'gone' }, recorder, saved),
      ruleRow({ ...budget, rule: 'gone' }, recorder, version, { isRemoved: true }),
      // Of the version before.
      evaluationRow({ ...daily, version: saved }, '', { ...change, at: later - 1, state: 'ok' }, recorder),
      evaluationRow({ ...daily, version }, '', { ...change, at: later, state: 'firing' }, recorder),
    ]);
    const rules = await store.client.alertList.query(week);
    expect(
      rules.map(({ rule, kind, state, threshold, fired }) => [rule, kind, state, threshold, fired]),
    ).toEqual([
      ['daily', 'alert', 'firing', 50, 1],
      ['mine', 'budget', '', 1_000, 0],
    ]);
    expect(rules[0]).toMatchObject({
      value: 61.2,
      compared_with_value: 50,
      changed_at: '2026-03-02 12:00:00.000',
    });
    expect(rules.map(savedRule)).toEqual([
      { ...daily, version },
      { ...budget, version: saved },
    ]);
    expect(await store.client.alertList.query({ project: 'shop-00000001' })).toHaveLength(1);

    const history = await store.client.alertHistory.query({ ...week, rule: 'daily' });
    expect(history.map(({ timestamp, state, is_told: told }) => [timestamp, state, told])).toEqual([
      ['2026-03-02 12:00:00.000', 'firing', 1],
      ['2026-03-02 11:59:59.999', 'ok', 1],
    ]);
    expect(await store.client.alertHistory.query({ days: 1 })).toEqual([]);
  });
});
