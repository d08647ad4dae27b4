import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deliver } from '../../../src/spool/deliver.js';
import { Spool } from '../../../src/spool/spool.js';
import { billedRequests, capturesFolder } from '../../helpers/captures.js';
import { withCollector } from '../helpers/collector.js';
import { useStore } from '../helpers/store.js';

const store = useStore();
const folder = join(capturesFolder, 'otlp');

/** Sends all captured bodies to a collector, and then its spooled rows to the store. */
async function deliverCaptures(names: readonly string[]): Promise<void> {
  const home = await withCollector(async (collector) => {
    for (const name of names) {
      const signal = /^\d+-(\w+)\./.exec(name)?.[1] ?? '';
      const answer = await fetch(`http://127.0.0.1:${collector.httpPort}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': name.endsWith('.json') ? 'application/json' : 'application/x-protobuf' },
        body: new Uint8Array(readFileSync(join(folder, name))),
      });
      expect(answer.status).toBe(200);
    }
  });
  const spool = new Spool(join(home, 'spool'));
  const { stopped, buried } = await deliver(spool, store.client);
  expect({ stopped, buried, letters: await spool.deadLetters() }).toEqual({
    stopped: null,
    buried: 0,
    letters: [],
  });
}

const counts = async () =>
  store.client.sql(`
    SELECT * FROM (
    SELECT 'logs' AS what, count() AS n, uniqExact(EventId) AS ids FROM otel_logs FINAL
    UNION ALL SELECT 'sums', count(), uniqExact(EventId) FROM otel_metrics_sum FINAL
    UNION ALL SELECT 'spans', count(), uniqExact(EventId) FROM otel_traces FINAL
    UNION ALL SELECT 'events', count(), uniqExact(event_id) FROM telemetry_events FINAL
    UNION ALL SELECT 'sightings', count(), uniqExact(event_id) FROM api_requests FINAL
    ) ORDER BY what`);

describe('the captured OTLP in the store', () => {
  it('the totals are true in any order of delivery and with any repetition', async () => {
    const names = readdirSync(folder).sort();
    await deliverCaptures(names);
    const once = await counts();
    await deliverCaptures([...names].reverse());
    expect(await counts()).toEqual(once);
    expect(once.every(({ n, ids }) => n === ids && Number(n) > 0)).toBe(true);
    expect(once.find(({ what }) => what === 'sightings')?.n).toBe(46);

    const [totals] = await store.client.sql(`
      SELECT
        count() AS requests,
        sum(reported_cost_usd) AS reported,
        sum(best_price.4) AS cost,
        sum(bitAnd(best_output_tokens, 4294967295)) AS output,
        countIf(best_agent_id != '0') AS by_subagents,
        countIf(best_agent_id != '0' AND is_sidechain = 0) AS odd
      FROM requests FINAL
      WHERE week = toMonday(timestamp)`);
    const output = billedRequests().reduce((sum, { usage }) => sum + usage.output_tokens, 0);
    expect(totals).toMatchObject({ requests: 23, output, by_subagents: 7, odd: 0 });
    expect(totals?.reported).toBeCloseTo(0.5069675, 9);
    expect(totals?.cost).toBeCloseTo(0.5069675, 9);
  });

  it("the cost agrees with the client's own cost metric", async () => {
    await deliverCaptures(readdirSync(folder));
    const [metric] = await store.client.sql(
      `SELECT sum(Value) AS cost FROM otel_metrics_sum FINAL WHERE MetricName = 'claude_code.cost.usage'`,
    );
    expect(metric?.cost).toBeCloseTo(0.5069675, 9);
  });
});

describe("rows of the OpenTelemetry Collector's exporter, which have no EventId", () => {
  const origin = {
    resource_schema_url: '',
    resource_attributes: { 'service.name': 'checkout' },
    service_name: 'checkout',
    scope_schema_url: '',
    scope_name: 'shop',
    scope_version: '',
    scope_attributes: {},
  };
  const log = (more: Record<string, unknown>) => ({
    ...origin,
    timestamp: '2026-11-20T10:49:32.1Z',
    trace_id: '',
    span_id: '',
    flags: 0,
    severity_text: 'INFO',
    severity_number: 9,
    log_attributes: { n: '1' },
    body: 'paid',
    ...more,
  });
  const point = (more: Record<string, unknown>) => ({
    ...origin,
    start_timestamp: '2026-11-20T10:49:00Z',
    timestamp: '2026-11-20T10:50:00Z',
    flags: 0,
    metric_name: 'orders_from_elsewhere',
    metric_description: '',
    metric_unit: '',
    metric_attributes: {},
    exemplars_filtered_attributes: [],
    exemplars_timestamp: [],
    exemplars_value: [],
    exemplars_span_id: [],
    exemplars_trace_id: [],
    value: 5,
    ...more,
  });

  it('rows without an EventId are stored, and only once if they are sent twice', async () => {
    const sendTwice = async (table: string, rows: Record<string, unknown>[]) => {
      for (let n = 0; n < 2; n += 1) {
        expect(await store.client.ingest(table, rows)).toEqual({
          successful_rows: rows.length,
          quarantined_rows: 0,
        });
      }
    };
    await sendTwice('otel_logs', [log({}), log({ log_attributes: { n: '2' } }), log({ body: 'refused' })]);
    await sendTwice('otel_metrics_sum', [
      point({ aggregation_temporality: 1, is_monotonic: true }),
      point({ aggregation_temporality: 1, is_monotonic: true, value: 6 }),
    ]);
    await sendTwice('otel_metrics_gauge', [point({})]);
    await sendTwice('otel_metrics_histogram', [
      {
        ...point({}),
        count: 1,
        sum: 5.5,
        bucket_counts: [0, 1],
        explicit_bounds: [1],
        aggregation_temporality: 2,
      },
    ]);
    const [stored] = await store.client.sql(`
      SELECT
        (SELECT count() FROM otel_logs FINAL WHERE ServiceName = 'checkout') AS logs,
        (SELECT sum(Value) FROM otel_metrics_sum FINAL WHERE ServiceName = 'checkout') AS sums,
        (SELECT count() FROM otel_metrics_gauge FINAL WHERE ServiceName = 'checkout') AS gauges,
        (SELECT count() FROM otel_metrics_histogram FINAL WHERE ServiceName = 'checkout') AS histograms`);
    expect(stored).toEqual({ logs: 3, sums: 11, gauges: 1, histograms: 1 });
  });
});
