/** Checks that a store has exactly the totals and events of the captured sessions. */
import { expect } from 'vitest';
import type { TinybirdClient } from '../../src/store/client-types.js';
import { billedRequests, capturedPayloads, clientResults, sessions } from './captures.js';
import { bareModel } from './truth.js';

/**
 * A window that contains everything: the rows of hooks have the time of capture, those of requests the time of the
 * session.
 */
const always = { from: '2020-01-01 00:00:00', to: '2100-01-01 00:00:00' };
/** The minute in which the captured sessions ran. */
const thatMinute = { from: '2026-11-20 10:49:00', to: '2026-11-20 10:50:00' };

const sum = (values: readonly (number | null)[]) =>
  values.reduce<number>((total, value) => total + (value ?? NaN), 0);
const unique = <T>(values: readonly T[]) => [...new Set(values)];

/** Figures by key; an unknown figure makes the sum of its key NaN. */
type Figures = readonly (readonly [key: string, value: number | null])[];

/** The sum of the figures of each key. */
function sums(figures: Figures): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [key, value] of figures) totals[key] = (totals[key] ?? 0) + (value ?? NaN);
  return totals;
}

/** Expects two sets of figures to have the same sums, to 1e-9. */
function expectSums(found: Figures, truth: Figures): void {
  const [foundSums, trueSums] = [sums(found), sums(truth)];
  expect(Object.keys(foundSums).sort()).toEqual(Object.keys(trueSums).sort());
  for (const [key, value] of Object.entries(trueSums)) expect(foundSums[key], key).toBeCloseTo(value, 9);
}

/** Expects the captured cost in the store: 23 requests, 0.5069675 USD, and the cost of each model and each session. */
export async function expectCapturedMoney(client: TinybirdClient, window = always): Promise<void> {
  const billed = billedRequests();
  const models = await client.costByModel.query(window);
  expect(sum(models.map((row) => row.request_count))).toBe(23);
  expect(sum(models.map((row) => row.total_cost_usd))).toBeCloseTo(0.5069675, 9);
  expect(sum(models.map((row) => row.unpriced_requests))).toBe(0);
  type Found = (typeof models)[number];
  type Usage = (typeof billed)[number]['usage'];
  const figures: [found: (row: Found) => number, truth: (usage: Usage) => number][] = [
    [(row) => row.request_count, () => 1],
    [(row) => row.total_input, (usage) => usage.input_tokens],
    [(row) => row.total_output, (usage) => usage.output_tokens],
    [(row) => row.total_cache_read, (usage) => usage.cache_read_input_tokens],
    [(row) => row.total_cache_creation, (usage) => usage.cache_creation_input_tokens],
  ];
  for (const [found, truth] of figures) {
    expectSums(
      models.map((row) => [row.model, found(row)]),
      billed.map(({ model, usage }) => [model, truth(usage)]),
    );
  }
  // The cost that the client itself reported for each model; it uses several names for one model.
  const reported = clientResults().flatMap(({ modelUsage }) => Object.entries(modelUsage));
  expectSums(
    models.map((row) => [bareModel(row.model), row.total_cost_usd]),
    reported.map(([model, usage]) => [bareModel(model), usage.costUSD]),
  );
}

/** Expects the totals of the captures from every pipe, whatever was sent how often and in which order. */
export async function expectCapturedTotals(client: TinybirdClient): Promise<void> {
  await expectCapturedMoney(client);
  await expectCapturedMoney(client, thatMinute);

  const agents = await client.agentUsageSummary.query(always);
  expect(agents.map(({ agent_type, invocations }) => [agent_type, invocations]).sort()).toEqual([
    ['Explore', 1],
    ['general-purpose', 1],
    ['reviewer', 1],
  ]);

  expect(await client.skillFrequency.query(always)).toMatchObject([
    { skill_name: 'release-notes', activations: 3, successes: 2, failures: 0, typed: 1, success_rate: 1 },
  ]);

  const overview = await client.sessionOverview.query(always);
  expectSums(
    overview.map((row) => [row.session_id, row.total_cost_usd]),
    clientResults().map((one) => [one.session_id, one.total_cost_usd]),
  );
  expect(unique(overview.map(({ session_id }) => session_id))).toHaveLength(overview.length);
  const first = overview.find(({ session_id }) => session_id === sessions.first);
  expect(first).toMatchObject({
    agents_used: 3,
    skills_used: 1,
    tool_failures: 1,
    lines_added: 2,
    lines_removed: 0,
  });

  const [context, ...more] = await client.usageContext.query(always);
  expect(more).toEqual([]);
  const bash = capturedPayloads().filter(
    ({ payload }) =>
      payload.tool_name === 'Bash' && String(payload.hook_event_name).startsWith('PostToolUse'),
  );
  expect(context).toMatchObject({
    sessions: 4,
    requests: 23,
    failing_skills: [],
    failing_tools: [['Bash', 1, unique(bash.map(({ payload }) => payload.tool_use_id)).length]],
  });
  expect(context?.total_cost_usd).toBeCloseTo(0.5069675, 9);
}

/**
 * Expects every session of the captures to have ended. The fork's SessionStart, which names the first session, must not
 * open it again.
 */
export async function expectAllEnded(client: TinybirdClient): Promise<void> {
  const overview = await client.sessionOverview.query(always);
  expect(
    overview.map(({ session_id, ended, end_reason }) => [session_id, ended !== null, end_reason]).sort(),
  ).toEqual(
    Object.values(sessions)
      .map((id) => [id, true, 'other'])
      .sort(),
  );
}

/** The name of each kind of hook event in `telemetry_events`; all others become rows of other tables. */
const eventNames: Record<string, string> = {
  SessionStart: 'session_start',
  SessionEnd: 'session_end',
  Stop: 'turn_end',
  UserPromptSubmit: 'prompt',
  PreToolUse: 'tool_start',
  PostToolUse: 'tool_call',
  PostToolUseFailure: 'tool_call',
  PostToolBatch: 'post_tool_batch',
};

/** Expects each captured event exactly once. */
export async function expectEveryEvent(client: TinybirdClient): Promise<void> {
  const rows = await client.sql(
    "SELECT event, count() AS events FROM telemetry_events FINAL WHERE source = 'hook' GROUP BY event FORMAT JSON",
  );
  const names = capturedPayloads().map(({ payload }) => eventNames[String(payload.hook_event_name)]);
  expectSums(
    rows.map((row) => [String(row.event), Number(row.events)]),
    names.filter((name) => name !== undefined).map((name) => [name, 1]),
  );
}
