import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Recorder } from '../../../src/signals/row.js';
import { sessionRows } from '../../../src/signals/transcript/session-rows.js';
import { readSession } from '../../../src/signals/transcript/session.js';
import { makeApiRequestRow, makeSessionSummaryRow } from '../helpers/factories.js';
import { ingestSignals, useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const ever = { days: 3_650 };

/** Ann has two machines, Ben one; of the fourth, nothing is known but its requests and an older summary. */
async function fillTeam(): Promise<void> {
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({ session_id: 'anns first', device: 'desk', user: 'ann' }),
    // Written before the machine's user was known.
    makeSessionSummaryRow({ session_id: 'anns older', device: 'desk', user: '' }),
    makeSessionSummaryRow({ session_id: 'anns other', device: 'lap', user: 'ann' }),
    makeSessionSummaryRow({ session_id: 'bens', device: 'bench', user: 'ben' }),
    makeSessionSummaryRow({ session_id: 'old', device: 'attic', user: '' }),
  ]);
  await store.client.apiRequests.ingest([
    makeApiRequestRow({ session_id: 'anns first', device: 'desk', cost_usd: 1 }),
    makeApiRequestRow({ session_id: 'anns older', device: 'desk', cost_usd: 2 }),
    makeApiRequestRow({ session_id: 'anns other', device: 'lap', cost_usd: 4 }),
    makeApiRequestRow({ session_id: 'bens', device: 'bench', cost_usd: 8 }),
    // Seen by OpenTelemetry alone, on a machine whose user is known.
    makeApiRequestRow({
      session_id: 'bens without a summary',
      device: 'bench',
      cost_usd: 16,
      source: 'otel',
    }),
    makeApiRequestRow({ session_id: 'old', device: 'attic', cost_usd: 32 }),
    makeApiRequestRow({ session_id: '', device: 'lap', cost_usd: 64, source: 'otel' }),
  ]);
}

it('a user has the sessions of all their machines, also those from before the user was known; users sum to the total', async () => {
  await fillTeam();
  const users = await store.client.costByUser.query(march);
  expect(users.map((row) => [row.user, row.total_cost_usd, row.sessions, row.request_count])).toEqual([
    ['unknown', 96, 1, 2],
    ['ben', 24, 2, 2],
    ['ann', 7, 3, 3],
  ]);
  const sum = (rows: readonly { total_cost_usd: number | null }[]) =>
    rows.reduce((total, row) => total + (row.total_cost_usd ?? NaN), 0);
  expect([sum(users), sum(await store.client.costByDevice.query(march))]).toEqual([127, 127]);
  expect(sum(await store.client.costByModel.query(march))).toBe(127);
});

it('the filters device, user and session keep what cost_by_device and cost_by_user give to them', async () => {
  await fillTeam();
  const cost = async (filter: { device?: string; user?: string; session?: string }) => {
    const [all] = await store.client.usageBreakdown.query({ ...march, ...filter });
    return all?.total_cost_usd;
  };
  expect(await cost({ user: 'ann' })).toBe(7);
  expect(await cost({ user: 'ben' })).toBe(24);
  expect(await cost({ device: 'desk' })).toBe(3);
  expect(await cost({ device: 'bench' })).toBe(24);
  expect(await cost({ user: 'ann', device: 'lap' })).toBe(4);
  expect(await cost({ user: 'ann', device: 'bench' })).toBeUndefined();
  expect(await cost({ session: 'bens' })).toBe(8);
  const sessions = async (filter: { device?: string; user?: string }) =>
    (await store.client.sessionList.query({ ...march, ...filter }))
      .map(({ session_id }) => session_id)
      .sort();
  expect(await sessions({ user: 'ann' })).toEqual(['anns first', 'anns older', 'anns other']);
  expect(await sessions({ device: 'bench' })).toEqual(['bens', 'bens without a summary']);
  expect(await sessions({ user: 'ben', device: 'lap' })).toEqual([]);
  const days = await store.client.usageBreakdown.query({ ...march, user: 'ann', group_by: 'session' });
  expect(days.map(({ part, total_cost_usd }) => [part, total_cost_usd])).toEqual([
    ['anns other', 4],
    ['anns older', 2],
    ['anns first', 1],
  ]);
});

it('usage_breakdown and usage_series group by machine, user and type of session as the pipes of their own do', async () => {
  await fillTeam();
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({
      session_id: 'bens',
      device: 'bench',
      user: 'ben',
      session_type: 'print',
      version: 9e15,
    }),
  ]);
  const parts = async (group_by: string, filter = {}) =>
    (await store.client.usageBreakdown.query({ ...march, group_by, ...filter })).map((row) => [
      row.part,
      row.total_cost_usd,
    ]);
  expect(await parts('user')).toEqual([
    ['unknown', 96],
    ['ben', 24],
    ['ann', 7],
  ]);
  expect(await parts('device')).toEqual(
    (await store.client.costByDevice.query(march)).map((row) => [row.device, row.total_cost_usd]),
  );
  expect(await parts('session_type')).toEqual([
    ['unknown', 80],
    ['interactive', 39],
    ['print', 8],
  ]);
  expect(await parts('model', { session_type: 'print' })).toEqual([['claude-opus-4-8', 8]]);
  // Seen by OpenTelemetry alone, or in no session.
  expect(await parts('user', { session_type: 'unknown' })).toEqual([
    ['unknown', 64],
    ['ben', 16],
  ]);
  expect(await parts('user', { session_type: 'sdk' })).toEqual([]);
  const series = await store.client.usageSeries.query({
    ...march,
    group_by: 'user',
    period: 'monthly',
    limit: 2,
  });
  expect(series.map(({ part, is_rest, value }) => [part, is_rest, value])).toEqual([
    ['ben', 0, 24],
    ['unknown', 0, 96],
    ['', 1, 7],
  ]);
});

it('two machines of one user that send the same session and one of their own each sum right', async () => {
  const folder = fileURLToPath(
    new URL('../../fixtures/captures-2.1.332/transcripts/-home-dev-shop', import.meta.url),
  );
  const read = async (sessionId: string, device: string, readAt: number) => {
    const recorder: Recorder = { device, user: 'ann', privacyTier: 1, origin: 'live' };
    const state = { sessionId, project: 'shop', end: null, open: true, stops: {}, skills: [] };
    return sessionRows(await readSession(join(folder, `${sessionId}.jsonl`)), state, recorder, readAt);
  };
  const [original, fork] = ['11111111-1111-4111-8111-111111111111', '347d4525-8c54-491b-ab10-f877e0f10007'];
  const readAt = Date.parse('2026-11-29T12:00:00Z');
  await ingestSignals(store.client, await read(original, 'desk', readAt));
  // The home folder was copied to another machine, where the session was forked.
  await ingestSignals(store.client, await read(original, 'lap', readAt + 1_000));
  await ingestSignals(store.client, await read(fork, 'lap', readAt + 1_000));
  // From the log of the API: 20 requests of the original, 2 of the fork (forks.test.ts).
  const users = await store.client.costByUser.query(ever);
  expect(users.map(({ user, sessions, request_count }) => [user, sessions, request_count])).toEqual([
    ['ann', 2, 22],
  ]);
  const devices = await store.client.costByDevice.query(ever);
  expect(devices.map(({ device, request_count }) => [device, request_count])).toEqual([['lap', 22]]);

  // The fork is known by what it copied.
  const requests = async (filter: { root_session?: string; session?: string }) =>
    (await store.client.usageBreakdown.query({ ...ever, ...filter }))[0]?.request_count;
  expect(await requests({ root_session: original })).toBe(22);
  expect(await requests({ session: original })).toBe(20);
  expect(await requests({ root_session: fork })).toBe(2);
  expect(await requests({ root_session: 'nobody' })).toBeUndefined();
});
