import { describe, expect, it } from 'vitest';
import * as pipes from '../../../src/pipes/index.js';
import { rowSchema } from '../../../src/store/row-schema.js';
import { day, useCapturedStore } from '../helpers/captured-store.js';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';
import { workRows } from '../helpers/work-log.js';

/** Sums of floating-point numbers depend on their order. */
const rounded = (rows: readonly object[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'number' ? Number(value.toPrecision(12)) : value,
      ]),
    ),
  );

describe('usage_overview over the captured sessions', () => {
  const store = useCapturedStore();

  it('holds the rows of usage_summary, cost_by_part and tool_usage', async () => {
    const { client } = store.atel;
    const [usage] = await client.usageOverview.query(day);
    const row = rowSchema(pipes.usageOverview).parse(usage);
    expect(rounded(row.metrics)).toEqual(rounded(await client.usageSummary.query(day)));
    expect(rounded(row.parts)).toEqual(rounded(await client.costByPart.query(day)));
    expect(rounded(row.tools)).toEqual(rounded(await client.toolUsage.query(day)));
    // Known from the captures: 23 requests of four sessions, 0.5069675 USD.
    const models = row.parts.filter(({ dimension }) => dimension === 'model');
    expect(models.reduce((sum, { request_count: count }) => sum + count, 0)).toBe(23);
    expect(row.metrics.find(({ metric }) => metric === 'sessions')?.value).toBe(4);
  });
});

describe('the overviews', () => {
  const store = useStore();
  const march = { from: '2026-03-10 00:00:00', to: '2026-03-12 00:00:00' };

  it('usage_overview compares with the window before, whose parts and tools it leaves out', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: '2026-03-09 12:00:00.000', session_id: 'a', model: 'old', cost_usd: 4 }),
      makeApiRequestRow({ timestamp: '2026-03-10 12:00:00.000', session_id: 'b', model: 'new', cost_usd: 1 }),
      makeApiRequestRow({ timestamp: '2026-03-11 12:00:00.000', session_id: 'c', model: 'new', cost_usd: 2 }),
      makeApiRequestRow({
        timestamp: '2026-03-11 13:00:00.000',
        session_id: 'c',
        model: 'x',
        cost_usd: null,
      }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ timestamp: '2026-03-09 10:00:00.000', tool_name: 'Grep', duration_ms: 10 }),
      makeTelemetryEventRow({ timestamp: '2026-03-10 10:00:00.000', tool_name: 'Read', duration_ms: 30 }),
      makeTelemetryEventRow({ timestamp: '2026-03-10 11:00:00.000', tool_name: 'Read', duration_ms: 50 }),
    ]);
    const [row] = await store.client.usageOverview.query(march);
    const figure = (name: string) => {
      const found = row!.metrics.find(({ metric }) => metric === name)!;
      return [found.value, found.value_before, found.change];
    };
    expect(figure('cost_usd')).toEqual([3, 4, -0.25]);
    expect(figure('sessions')).toEqual([2, 1, 1]);
    expect(figure('unpriced_requests')).toEqual([1, 0, null]);
    expect(figure('tool_calls')).toEqual([2, 1, 1]);
    expect(figure('avg_tool_ms')).toEqual([40, 10, 3]);
    expect(
      row!.parts
        .filter(({ dimension }) => dimension === 'model')
        .map(({ part, request_count: count, total_cost_usd: usd, cost_share: share }) => [
          part,
          count,
          usd,
          share,
        ]),
    ).toEqual([
      ['new', 2, 3, 1],
      ['x', 1, null, null],
    ]);
    expect(row!.tools.map(({ tool_name: name, calls }) => [name, calls])).toEqual([['Read', 2]]);
  });

  it('a limit keeps the most expensive parts of each dimension, and changes no figure', async () => {
    await store.client.apiRequests.ingest(
      [3, 1, 2].map((usd) =>
        makeApiRequestRow({ timestamp: '2026-03-10 12:00:00.000', model: `m${usd}`, cost_usd: usd }),
      ),
    );
    const [row] = await store.client.usageOverview.query({ ...march, limit: 2 });
    const models = row!.parts.filter(({ dimension }) => dimension === 'model');
    expect(models.map(({ part, cost_share: share }) => [part, share])).toEqual([
      ['m3', 0.5],
      ['m2', 2 / 6],
    ]);
    expect(row!.metrics.find(({ metric }) => metric === 'cost_usd')?.value).toBe(6);
    expect(await store.client.costByPart.query({ ...march, limit: 2 })).toEqual(row!.parts);
  });

  it('both answer one row with empty lists and no change where nothing happened', async () => {
    const [usage, ...moreUsage] = await store.client.usageOverview.query(march);
    const [work, ...moreWork] = await store.client.workOverview.query(march);
    expect([moreUsage, moreWork]).toEqual([[], []]);
    expect([usage?.parts, usage?.tools, work?.tools]).toEqual([[], [], []]);
    expect(usage?.metrics).toEqual(await store.client.usageSummary.query(march));
    expect(work?.metrics).toEqual(await store.client.workSummary.query(march));
  });

  it('work_overview holds the rows of work_summary and work_by_tool', async () => {
    await store.client.telemetryEvents.ingest(workRows());
    const week = { from: '2026-03-09 00:00:00', to: '2026-03-16 00:00:00' };
    const [work] = await store.client.workOverview.query(week);
    const row = rowSchema(pipes.workOverview).parse(work);
    expect(rounded(row.metrics)).toEqual(rounded(await store.client.workSummary.query(week)));
    expect(rounded(row.tools)).toEqual(rounded(await store.client.workByTool.query(week)));
    expect(row.metrics[0]).toEqual({ metric: 'completed_tasks', value: 2, value_before: 1, change: 1 });
  });
});

describe('a breakdown by parts', () => {
  const store = useStore();
  const march = { from: '2026-03-10 00:00:00', to: '2026-03-12 00:00:00' };

  it('limit and offset answer a slice of the rows, in the same order', async () => {
    await store.client.apiRequests.ingest(
      [3, 1, 4, 2].map((usd) =>
        makeApiRequestRow({ timestamp: '2026-03-10 12:00:00.000', model: `m${usd}`, cost_usd: usd }),
      ),
    );
    const models = async (slice: { limit?: number; offset?: number }) =>
      (await store.client.costByModel.query({ ...march, ...slice })).map(({ model }) => model);
    expect(await models({})).toEqual(['m4', 'm3', 'm2', 'm1']);
    expect(await models({ limit: 3 })).toEqual(['m4', 'm3', 'm2']);
    expect(await models({ limit: 3, offset: 2 })).toEqual(['m2', 'm1']);
    expect(await models({ limit: 3, offset: 4 })).toEqual([]);
  });

  it('after answers the rows after a place, also where the cost is the same or unknown', async () => {
    await store.client.apiRequests.ingest(
      [null, 0.25, 0.25, 0].map((usd, at) =>
        makeApiRequestRow({ timestamp: '2026-03-10 12:00:00.000', model: `"m'${at}`, cost_usd: usd }),
      ),
    );
    const after = async (...place: unknown[]) =>
      (await store.client.costByModel.query({ ...march, after: JSON.stringify(place) })).map(
        ({ model }) => model,
      );
    // 0.25 USD are 250,000,000 billionths.
    expect(await after(-250_000_001, '')).toEqual([`"m'1`, `"m'2`, `"m'3`, `"m'0`]);
    expect(await after(-250_000_000, `"m'1`)).toEqual([`"m'2`, `"m'3`, `"m'0`]);
    expect(await after(0, `"m'3`)).toEqual([`"m'0`]);
    expect(await after(1, `"m'0`)).toEqual([]);
  });

  it.each(['', 'm1', '[]', '["m1",1]', '[1,"m1",2]', '[0.5,"m1"]'])(
    'after refuses %j, which is no place',
    async (after) => {
      await store.client.apiRequests.ingest([makeApiRequestRow({ timestamp: '2026-03-10 12:00:00.000' })]);
      await expect(store.client.costByModel.query({ ...march, after })).rejects.toMatchObject({
        kind: 'rejected',
        message: expect.stringContaining('after takes the place of a row: a JSON list of 2 values') as string,
      });
    },
  );
});
