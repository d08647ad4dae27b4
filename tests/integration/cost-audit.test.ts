import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sessionRows } from '../../src/signals/transcript/session-rows.js';
import { readSession } from '../../src/signals/transcript/session.js';
import { makeApiRequestRow, makeSessionSummaryRow, makeTelemetryEventRow } from './helpers/factories.js';
import { storeExport } from './helpers/otlp.js';
import { ingestSignals, useStore } from './helpers/store.js';

const store = useStore();
const captured = fileURLToPath(
  new URL('../fixtures/captures-2.1.332/transcripts/-home-dev-shop', import.meta.url),
);

/** A session of one request of 0.01 USD, and what the client says of it. */
async function session(
  sessionId: string,
  says: Parameters<typeof makeSessionSummaryRow>[0],
  request: Parameters<typeof makeApiRequestRow>[0] = {},
): Promise<void> {
  await store.client.apiRequests.ingest([makeApiRequestRow({ session_id: sessionId, ...request })]);
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({
      session_id: sessionId,
      ended_at: '2026-03-02 12:30:00.000',
      reported_cost_basis: 'known',
      ...says,
    }),
  ]);
}

/** The client's counter of cost, by model. */
async function storeCounters(sessionId: string, usdOf: Record<string, number>): Promise<void> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const dataPoints = Object.entries(usdOf).map(([model, asDouble]) => ({
    attributes: [text('session.id', sessionId), text('model', model)],
    startTimeUnixNano: '1772452800000000000',
    timeUnixNano: '1772452860000000000',
    asDouble,
  }));
  const metric = {
    name: 'claude_code.cost.usage',
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints },
  };
  const scopeMetrics = [{ scope: { name: 'com.anthropic.claude_code' }, metrics: [metric] }];
  const resource = { attributes: [text('service.name', 'claude-code')] };
  await storeExport(
    store.client,
    'metrics',
    Buffer.from(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] })),
  );
}

const audit = async (sessionId: string) => (await store.client.costAudit.query({ session_id: sessionId }))[0];

describe('cost_audit compares each session with the total of the client', () => {
  it('a fork of the real client equals its total less what the original had cost, and a compaction is unseen', async () => {
    for (const name of readdirSync(captured).filter((each) => each.endsWith('.jsonl'))) {
      const sessionId = name.replace('.jsonl', '');
      const state = { sessionId, project: 'shop', end: null, open: true, stops: {}, skills: [] };
      const recorder = { device: 'test', privacyTier: 1, origin: 'backfill' } as const;
      const rows = sessionRows(
        await readSession(join(captured, name)),
        state,
        recorder,
        Date.parse('2026-11-29T12:00:00Z'),
      );
      await ingestSignals(store.client, rows);
    }
    const sessions = await store.client.costAudit.query({ days: 3_650 });
    expect(sessions).toEqual([
      expect.objectContaining({
        session_id: '11111111-1111-4111-8111-111111111111',
        request_count: 20,
        client_cost_usd: 0.41315385,
        client_source: 'cost-state',
        inherited_cost_usd: 0,
        verdict: 'unseen',
      }),
      expect.objectContaining({
        session_id: '347d4525-8c54-491b-ab10-f877e0f10007',
        request_count: 2,
        client_cost_usd: 0.3793668499999999,
        verdict: 'inherited',
        unexplained_usd: 0,
      }),
    ]);
    const [original, fork] = sessions;
    // The compaction, as the log of the API has it.
    expect(original?.unexplained_usd).toBeCloseTo(0.022075, 9);
    expect(original?.total_cost_usd).toBeCloseTo(0.41315385 - 0.022075, 9);
    // The original's total when it was forked, and the fork's own two requests.
    expect(fork?.inherited_cost_usd).toBeCloseTo(0.34115685, 9);
    expect(fork?.total_cost_usd).toBeCloseTo(0.03821, 9);
  });

  it('equal totals are equal', async () => {
    await session('s', { reported_cost_usd: 0.01 });
    expect(await audit('s')).toMatchObject({ verdict: 'equal', total_cost_usd: 0.01, difference_usd: 0 });
  });

  it('what the client charges for broken attempts explains the difference', async () => {
    await session('s', { reported_cost_usd: 0.75 }, { cost_usd: 0.5, reported_cost_usd: 0.75 });
    expect(await audit('s')).toMatchObject({
      verdict: 'broken',
      broken_cost_usd: 0.25,
      unexplained_usd: 0,
    });
  });

  it('attempts that broke off without an answer are named as the cause', async () => {
    await session('s', { reported_cost_usd: 0.014 });
    await session('t', { reported_cost_usd: 0.014 });
    await session('u', { reported_cost_usd: 0.014 }, { source: 'transcript', is_final: 0 });
    const failed = (session_id: string, error_class: string) =>
      makeTelemetryEventRow({ session_id, event: 'api_retry', status: 'failure', error_class });
    await store.client.telemetryEvents.ingest([failed('s', 'ECONNRESET'), failed('t', 'http_529')]);
    expect(await audit('s')).toMatchObject({ verdict: 'unanswered' });
    expect((await audit('s'))?.unexplained_usd).toBeCloseTo(0.004, 9);
    // A refused attempt costs nothing, so it explains nothing.
    expect((await audit('t'))?.verdict).toBe('unseen');
    // The answer was interrupted, so the transcript has a placeholder of its output.
    expect((await audit('u'))?.verdict).toBe('unanswered');
  });

  it('an advisor that only the counters report is named, and is no broken attempt', async () => {
    const otel = { source: 'otel', session_id: 'v', model: 'claude-sonnet-4-6' } as const;
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...otel, cost_usd: 0.01, reported_cost_usd: 0.105 }),
      makeApiRequestRow({ ...otel, cost_usd: 0.02, reported_cost_usd: 0.02 }),
    ]);
    await storeCounters('v', { 'claude-sonnet-4-6': 0.03, 'claude-opus-4-8[1m]': 0.095 });
    const row = await audit('v');
    expect(row).toMatchObject({ verdict: 'further_calls', unexplained_usd: 0, client_source: 'counter' });
    expect(row?.further_calls_usd).toBeCloseTo(0.095, 9);
    expect(row?.broken_cost_usd).toBeCloseTo(0, 9);
  });

  it('a model that the client or the price list does not know is not compared', async () => {
    await session('s', { reported_cost_usd: 0.5, reported_cost_basis: 'unknown' });
    await session('t', { reported_cost_usd: 0.5 }, { cost_usd: null });
    expect([(await audit('s'))?.verdict, (await audit('t'))?.verdict]).toEqual([
      'unknown_model',
      'unknown_model',
    ]);
  });

  it('prices that an administrator set differ from the price list', async () => {
    await session('s', { reported_cost_usd: 0.008, reported_cost_basis: 'managed' });
    expect(await audit('s')).toMatchObject({ verdict: 'managed', difference_usd: -0.002 });
  });

  it('a session that goes on has cost more than the client has written', async () => {
    await session('s', { reported_cost_usd: 0.004, ended_at: null });
    expect((await audit('s'))?.verdict).toBe('running');
  });

  it('a total that the client does not report is unknown, not 0', async () => {
    await session('s', { reported_cost_usd: null, reported_cost_basis: '' });
    expect(await audit('s')).toMatchObject({
      verdict: 'unreported',
      client_cost_usd: null,
      difference_usd: null,
      unexplained_usd: null,
    });
  });

  it('a difference that nothing explains is unexplained, and comes first', async () => {
    await session('s', { reported_cost_usd: 0.01 });
    await session('t', { reported_cost_usd: 0.004 });
    const found = await store.client.costAudit.query({ from: '2026-03-01', to: '2026-03-03' });
    expect(found.map(({ session_id: id, verdict }) => [id, verdict])).toEqual([
      ['t', 'unexplained'],
      ['s', 'equal'],
    ]);
    expect(found[0]?.unexplained_usd).toBeCloseTo(-0.006, 12);
  });
});
