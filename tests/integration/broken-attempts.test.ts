import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeApiRequestRow } from './helpers/factories.js';
import { storeExport } from './helpers/otlp.js';
import { useStore } from './helpers/store.js';

/**
 * A stream that breaks after its first bytes is charged by the client: it adds an estimate to the cost of the request
 * that answers at last. The fourth of the five captured requests answered after a broken one.
 */
const store = useStore();
const years = { days: 3_650 };
const folder = fileURLToPath(new URL('../fixtures/captures-2.1.332/otlp-broken-stream', import.meta.url));
const SESSION = '646d9393-7a62-43f4-b2e3-35a5e3029328';

/** The requests: the client reports 0.125931 USD, of which 0.019545 are for the broken attempt. */
async function storeCapture(): Promise<void> {
  for (const name of readdirSync(folder).sort())
    await storeExport(store.client, 'logs', readFileSync(join(folder, name)), 'protobuf');
}

/** What the client's counter has for the whole session. */
async function storeCounter(value: number): Promise<void> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const dataPoint = {
    attributes: [text('session.id', SESSION), text('model', 'claude-opus-5-5')],
    startTimeUnixNano: '1795920000000000000',
    timeUnixNano: '1795920060000000000',
    asDouble: value,
  };
  const metric = {
    name: 'claude_code.cost.usage',
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [dataPoint] },
  };
  const body = {
    resourceMetrics: [
      {
        resource: { attributes: [text('service.name', 'claude-code')] },
        scopeMetrics: [{ scope: { name: 'com.anthropic.claude_code' }, metrics: [metric] }],
      },
    ],
  };
  await storeExport(store.client, 'metrics', Buffer.from(JSON.stringify(body)));
}

it('what the client charges for a broken attempt is a part of its own, and no difference', async () => {
  await storeCapture();
  await storeCounter(0.125931);
  const [compared, ...others] = await store.client.costReconciliation.query(years);
  expect(others).toEqual([]);
  expect(compared).toMatchObject({ session_id: SESSION, model: 'claude-opus-5-5', differs: 0 });
  expect(compared?.metric_cost_usd).toBe(0.125931);
  expect(compared?.requests_cost_usd).toBeCloseTo(0.106386, 9);
  expect(compared?.broken_attempts_usd).toBeCloseTo(0.019545, 9);
  expect(compared?.difference_usd).toBeCloseTo(0, 9);
  const [covered] = await store.client.coverage.query(years);
  expect(covered).toMatchObject({ request_count: 5, cost_mismatches: 0, broken_attempts: 1 });
  expect(covered?.broken_attempts_usd_total).toBeCloseTo(0.019545, 9);
  expect(covered?.total_cost_usd).toBeCloseTo(0.106386, 9);
});

it('a client that reports another price for every request had no broken attempts', async () => {
  await store.client.apiRequests.ingest(
    [0.01, 0.02].map((cost_usd) => makeApiRequestRow({ cost_usd, reported_cost_usd: cost_usd * 2 })),
  );
  expect(await store.client.coverage.query(years)).toMatchObject([
    { cost_mismatches: 2, broken_attempts: 0, broken_attempts_usd_total: null },
  ]);
});

it('a request that the client reports as cheaper had no broken attempt', async () => {
  await store.client.apiRequests.ingest([
    makeApiRequestRow({ cost_usd: 0.01, reported_cost_usd: 0.01 }),
    makeApiRequestRow({ cost_usd: 0.02, reported_cost_usd: 0.01 }),
  ]);
  expect(await store.client.coverage.query(years)).toMatchObject([
    { cost_mismatches: 1, broken_attempts: 0 },
  ]);
});
