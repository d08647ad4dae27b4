import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeApiRequestRow } from './helpers/factories.js';
import { storeCase, storeExport } from './helpers/otlp.js';
import { useStore } from './helpers/store.js';

/**
 * The list price comes from our own file, with or without OpenTelemetry; the cost that the client reports is separate.
 */
const store = useStore();
const captured = fileURLToPath(new URL('../fixtures/captures-2.1.332/otlp', import.meta.url));
const years = { days: 3_650 };

/** Case 37: for a model that it does not know, the client uses the price of its default model, 0.10 USD. */
const seenByOtel = () => storeCase(store.client, '37-otel-fallback-tariff-of-the-client');

/** The same request in a transcript. */
const seenInTranscript = () =>
  store.client.apiRequests.ingest([
    makeApiRequestRow({
      session_id: 'case37',
      request_key: 'req_c37',
      request_id: 'req_c37',
      timestamp: '2026-11-20 14:01:00.000',
      model: 'glm-4.7',
      input_tokens: 10_000,
      output_tokens: 2_000,
      cost_usd: null,
    }),
  ]);

describe.each([
  ['OpenTelemetry alone', [seenByOtel], 0.1],
  ['a transcript alone', [seenInTranscript], null],
  ['OpenTelemetry, then a transcript', [seenByOtel, seenInTranscript], 0.1],
  ['a transcript, then OpenTelemetry', [seenInTranscript, seenByOtel], 0.1],
] as const)('a request of an unknown model, reported by %s', (_, layers, reported) => {
  it('the request is unpriced in every answer, and its reported cost is separate', async () => {
    for (const see of layers) await see();
    expect(await store.client.costByModel.query(years)).toMatchObject([
      { model: 'glm-4.7', request_count: 1, total_cost_usd: null, unpriced_requests: 1 },
    ]);
    expect(await store.client.sessionOverview.query(years)).toMatchObject([
      { session_id: 'case37', total_cost_usd: null, unpriced_requests: 1 },
    ]);
    expect(await store.client.requestList.query(years)).toMatchObject([{ cost_usd: null }]);
    expect(await store.client.coverage.query(years)).toMatchObject([
      {
        total_cost_usd: null,
        computed_cost_usd_total: null,
        reported_cost_usd_total: reported,
        cost_mismatches: 0,
      },
    ]);
  });
});

it('the cost counter of the client is not compared with requests without a list price', async () => {
  await seenByOtel();
  const counter = {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'claude-code' } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'claude_code.cost.usage',
                sum: {
                  aggregationTemporality: 1,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      attributes: [
                        { key: 'session.id', value: { stringValue: 'case37' } },
                        { key: 'model', value: { stringValue: 'glm-4.7' } },
                      ],
                      startTimeUnixNano: '1795183200000000000',
                      timeUnixNano: '1795183260000000000',
                      asDouble: 0.1,
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
  await storeExport(store.client, 'metrics', Buffer.from(JSON.stringify(counter)));
  expect(await store.client.costReconciliation.query(years)).toMatchObject([
    { model: 'glm-4.7', metric_cost_usd: 0.1, requests_cost_usd: null, difference_usd: null, differs: 0 },
  ]);
});

it('the lifetimes of cache writes come from the events of client 2.1.332', async () => {
  for (const file of readdirSync(captured).sort())
    await storeExport(store.client, 'logs', readFileSync(join(captured, file)));
  // The requests of the fork in the log of the API, priced by hand. claude-opus-5-5: 4, 20, 0.20, 5 and 8 USD per
  // million tokens; the client reported 0.03821 for both.
  const rows = await store.client.sql(
    `SELECT request_id, bitAnd(best_input_tokens, 4294967295) AS input, bitAnd(best_output_tokens, 4294967295) AS output, bitAnd(best_cache_read_tokens, 4294967295) AS read, bitAnd(best_cache_creation_5m_tokens, 4294967295) AS written_5m, bitAnd(best_cache_creation_1h_tokens, 4294967295) AS written_1h, best_price.4 AS usd
     FROM requests FINAL WHERE week = toMonday(timestamp) ORDER BY request_id`,
  );
  expect(rows).toEqual([
    {
      request_id: 'req_40f15024',
      input: 1_282,
      output: 342,
      read: 5_980,
      written_5m: 840,
      written_1h: 534,
      usd: 0.021636,
    },
    {
      request_id: 'req_40f15025',
      input: 913,
      output: 292,
      read: 21_060,
      written_5m: 574,
      written_1h: 0,
      usd: 0.016574,
    },
  ]);
});
