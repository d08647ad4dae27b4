import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentActivationList, skillActivationList } from '../../src/pipes/index.js';
import { rowsSchema } from '../../src/store/row-schema.js';
import type { SignalRow } from '../../src/signals/row.js';
import { billedRequests, clientResults, sessions } from '../helpers/captures.js';
import { capturedLayers } from '../helpers/layers.js';
import { rounds } from '../helpers/rounds.js';
import { useStore } from './helpers/store.js';

const store = useStore();
const captured = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };

const layers = await capturedLayers();

async function ingest(rows: readonly SignalRow[]): Promise<void> {
  const byTable = new Map<string, SignalRow['row'][]>();
  for (const { table, row } of rows) byTable.set(table, [...(byTable.get(table) ?? []), row]);
  for (const [table, some] of byTable) {
    expect(await store.client.ingest(table, some as Record<string, unknown>[]), table).toMatchObject({
      quarantined_rows: 0,
    });
  }
}

/** The answers of the API, by request: only the tokens, which all layers know. */
const truth = billedRequests()
  .map(({ rid, model, usage }) => ({
    request_id: rid,
    model,
    tokens: [
      usage.input_tokens,
      usage.output_tokens,
      usage.cache_read_input_tokens,
      usage.cache_creation_input_tokens,
    ],
  }))
  .sort((a, b) => a.request_id.localeCompare(b.request_id));

async function seenRequests() {
  const rows = await store.client.sql(
    `SELECT request_id, substring(best_model, 2) AS model, [bitAnd(best_input_tokens, 4294967295), bitAnd(best_output_tokens, 4294967295), bitAnd(best_cache_read_tokens, 4294967295), bitAnd(best_cache_creation_tokens, 4294967295)] AS tokens
     FROM requests FINAL WHERE week = toMonday(timestamp) ORDER BY request_id`,
  );
  return rows;
}

const reported = clientResults().map(({ total_cost_usd }) => total_cost_usd);
const sum = (runs: number[]) => runs.reduce((total, run) => total + (reported[run] ?? NaN), 0);
/** Runs 1 and 2 are one session, resumed; run 5 is its fork. */
const costOfSession = {
  [sessions.first]: sum([0, 1]),
  [sessions.overloaded]: sum([2]),
  [sessions.typedSkill]: sum([3]),
  [sessions.fork]: sum([4]),
};

/** The figures of each session: prompts, tool calls, failed ones, types of agents, removed lines. */
const workOfSession = {
  [sessions.first]: [2, 14, 1, 3, 0],
  [sessions.overloaded]: [1, 0, 0, 0, 0],
  [sessions.typedSkill]: [1, 1, 0, 0, 0],
  [sessions.fork]: [1, 1, 0, 0, 0],
};

async function expectTruth(names: readonly (keyof typeof layers)[]): Promise<void> {
  expect(await seenRequests()).toEqual(truth);
  const overview = (await store.client.sessionOverview.query(captured)).filter(
    ({ request_count }) => request_count > 0,
  );
  expect(overview.map(({ session_id }) => session_id).sort()).toEqual(Object.keys(costOfSession).sort());
  // The first session wrote a file of two lines and committed it. The client's counter has a third line, after the last
  // line break.
  const linesOfFirst = names.includes('transcripts') ? 2 : 3;
  for (const row of overview) {
    const { session_id, total_cost_usd, prompts, tool_calls, tool_failures, agents_used, lines_removed } =
      row;
    expect(total_cost_usd, session_id).toBeCloseTo(costOfSession[session_id]!, 9);
    const work = [prompts, tool_calls, tool_failures, agents_used, lines_removed];
    expect(work, session_id).toEqual(workOfSession[session_id]);
    const isFirst = session_id === sessions.first;
    expect(row.lines_added, session_id).toBe(isFirst ? linesOfFirst : 0);
    expect(row.commits, session_id).toBe(names.includes('otel') ? Number(isFirst) : null);
  }
  const models = await store.client.costByModel.query(captured);
  expect(models.reduce((total, { total_cost_usd }) => total + (total_cost_usd ?? NaN), 0)).toBeCloseTo(
    0.5069675,
    9,
  );
}

async function expectNames(): Promise<void> {
  const agents = await store.client.costByAgent.query(captured);
  expect(agents.map(({ agent_type, request_count }) => [agent_type, request_count]).sort()).toEqual([
    ['Explore', 2],
    ['general-purpose', 2],
    ['main', 16],
    ['reviewer', 3],
  ]);
  const skills = await store.client.costBySkill.query(captured);
  expect(skills.map(({ skill_name, request_count }) => [skill_name, request_count]).sort()).toEqual(
    skillTruth,
  );
}

/**
 * Checks runs of agents and uses of skills. OpenTelemetry hides most names that are not built in; hooks and
 * transcripts, which know the names, override it. In the captures, no file says that what was typed is a skill.
 */
async function expectRuns(names: readonly (keyof typeof layers)[]): Promise<void> {
  const isAlone = names.join() === 'otel';
  const runs = (await store.client.agentUsageSummary.query(captured)).filter(
    ({ invocations }) => invocations > 0,
  );
  expect(runs.map(({ agent_type, invocations }) => [agent_type, invocations]).sort()).toEqual(
    [
      ['Explore', 1],
      ['general-purpose', 1],
      [isAlone ? 'custom' : 'reviewer', 1],
    ].sort(),
  );
  const skills = await store.client.skillFrequency.query(captured);
  // Requests have the skill's own name, except those of the subagent that used it in run 2.
  expect(skills.map(({ skill_name, activations, typed }) => [skill_name, activations, typed])).toEqual(
    isAlone
      ? [
          ['release-notes', 2, 1],
          ['custom_skill', 1, 0],
        ]
      : [['release-notes', 2, 0]],
  );
  const summary = await store.client.usageSummary.query(captured);
  const figure = (name: string) => summary.find(({ metric }) => metric === name)?.value;
  expect([figure('prompts'), figure('agent_runs'), figure('skill_uses')]).toEqual([5, 3, isAlone ? 3 : 2]);
}

/** The client attributes to the skill the requests after it in the main thread of run 1, and both requests of run 4. */
const skillTruth = [
  ['release-notes', 4 + 2],
  ['unattributed', 17],
];

describe.each([
  ['OpenTelemetry alone', ['otel'], false],
  ['transcripts alone', ['transcripts'], true],
  ['OpenTelemetry and hooks', ['otel', 'hooks'], false],
  ['transcripts and hooks', ['transcripts', 'hooks'], true],
  ['OpenTelemetry and transcripts', ['otel', 'transcripts'], true],
  ['all three', ['otel', 'transcripts', 'hooks'], true],
] as const)('%s', (_, names, hasNames) => {
  it('%s give the true totals per request, session and model', async () => {
    await ingest(names.flatMap((name) => layers[name].flat()));
    await expectTruth(names);
    await expectRuns(names);
    if (hasNames) await expectNames();
  });
});

describe('combinations of layers that include OpenTelemetry or transcripts', () => {
  it.each<{ names: (keyof typeof layers)[] }>([
    { names: ['otel'] },
    { names: ['transcripts'] },
    { names: ['otel', 'hooks'] },
    { names: ['transcripts', 'hooks'] },
    { names: ['otel', 'transcripts'] },
    { names: ['otel', 'transcripts', 'hooks'] },
  ])(
    'the result is the same in any order, with any repetition, split at any point: $names',
    async ({ names }) => {
      const rows = names.flatMap((name) => layers[name]).flat();
      const deliveries = fc.record({
        order: fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
        repeated: fc.subarray(rows, { maxLength: 40 }),
        cuts: fc.array(fc.integer({ min: 1, max: rows.length }), { maxLength: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ order, repeated, cuts }) => {
          await store.clear();
          const all = [...order, ...repeated];
          const bounds = [0, ...[...cuts].sort((a, b) => a - b), all.length];
          for (const [index, end] of bounds.slice(1).entries()) await ingest(all.slice(bounds[index], end));
          await expectTruth(names);
          await expectRuns(names);
          if (names.includes('transcripts')) await expectNames();
        }),
        { numRuns: rounds(1) },
      );
    },
  );
});

it('a session known only from OpenTelemetry is a span with the times of the session', async () => {
  await ingest(layers.otel.flat());
  const [overview] = await store.client.sessionOverview.query({ session_id: sessions.first });
  const spans = await store.client.sessionSpans.query({ session_id: sessions.first });
  expect(overview?.started).toMatch(/^2026-11-20 10:49:/);
  expect(spans.filter(({ kind }) => kind === 'session')).toMatchObject([
    {
      key: sessions.first,
      started: overview?.started,
      ended: null,
      last_seen: overview?.last_activity,
      status: overview?.status,
    },
  ]);
});

describe('threads of a session known only from OpenTelemetry', () => {
  const lifetimes = async () =>
    (await store.client.sessionThreads.query({ session_id: sessions.first })).map(
      ({ agent_type, started, stopped, duration_ms }) => [agent_type, started, stopped, duration_ms],
    );

  it('a thread lasts as long as the tool call that ran it', async () => {
    await ingest(layers.otel.flat());
    // The spans claude_code.tool.execution of toolu_86f7e43x0, toolu_86f7e43x1 and toolu_86f7e415x0.
    expect(await lifetimes()).toEqual([
      ['main', '2026-11-20 10:49:32.641', null, null],
      ['Explore', '2026-11-20 10:49:32.771', '2026-11-20 10:49:32.861', 90],
      ['custom', '2026-11-20 10:49:32.777', '2026-11-20 10:49:32.929', 152],
      ['general-purpose', '2026-11-20 10:49:33.825', '2026-11-20 10:49:33.910', 85],
    ]);
    const spans = await store.client.sessionSpans.query({ session_id: sessions.first });
    expect(
      spans.filter(({ kind }) => kind === 'agent').map(({ name, duration_ms }) => [name, duration_ms]),
    ).toEqual([
      ['Explore', 90],
      ['custom', 152],
      ['general-purpose', 85],
    ]);
  });

  it('a thread that outlives its tool call, as in the background, has no end', async () => {
    const calls = 'claude_code.tool.execution';
    await ingest(
      layers.otel
        .flat()
        .map((one) =>
          one.table === 'otel_traces' && one.row.span_name === calls
            ? { ...one, row: { ...one.row, duration: 1_000 } }
            : one,
        ),
    );
    expect((await lifetimes()).map(([, , stopped, duration]) => [stopped, duration])).toEqual(
      Array.from({ length: 4 }, () => [null, null]),
    );
  });

  it('hooks or transcripts override the times of threads', async () => {
    await ingest([...layers.hooks, ...layers.transcripts].flat());
    const told = await lifetimes();
    await ingest(layers.otel.flat());
    const [main, ...others] = await lifetimes();
    expect(others).toEqual(told.slice(1));
    expect(main?.slice(2)).toEqual([null, null]);
  });
});

describe('the lists of activations of agents and skills', () => {
  const lists = async () => {
    const [agents, skills] = await Promise.all([
      store.client.agentActivationList.query(captured),
      store.client.skillActivationList.query(captured),
    ]);
    rowsSchema(agentActivationList).parse(agents);
    rowsSchema(skillActivationList).parse(skills);
    return { agents, skills };
  };

  it('the lists include what only OpenTelemetry reported, page by page, each once', async () => {
    await ingest(layers.otel.flat());
    const { agents, skills } = await lists();
    // Three completed runs with their durations: a start and a stop each.
    const starts = agents.filter(({ event }) => event === 'start');
    const stops = agents.filter(({ event }) => event === 'stop');
    expect([starts.length, stops.length, skills.length]).toEqual([3, 3, 3]);
    for (const stop of stops) {
      expect(stop).toMatchObject({ source: 'otel', session_id: sessions.first, input_tokens: null });
      const start = starts.find(({ agent_id: id }) => id === stop.agent_id);
      expect(Date.parse(stop.timestamp) - Date.parse(start!.timestamp)).toBe(stop.duration_ms);
      expect([start?.duration_ms, start?.agent_type]).toEqual([null, stop.agent_type]);
    }
    expect(
      skills.map(({ skill_name, trigger, success, source }) => [skill_name, trigger, success, source]),
    ).toEqual([
      // The requests after the first and the last one name the skill; those of the subagent that used it do not.
      ['release-notes', 'model', null, 'otel'],
      ['custom_skill', 'model', null, 'otel'],
      ['release-notes', 'typed', null, 'otel'],
    ]);

    const paged: typeof agents = [];
    for (let last = paged.at(-1); paged.length <= agents.length; last = paged.at(-1)) {
      const after = last === undefined ? {} : { after_time: last.timestamp, after_id: last.event_id };
      const page = await store.client.agentActivationList.query({ ...captured, ...after, limit: 1 });
      if (page.length === 0) break;
      paged.push(...page);
    }
    expect(paged).toEqual(agents);
  });

  it('the lists have the rows of the tables if a hook or a transcript reported the session', async () => {
    await ingest([...layers.otel.flat(), ...layers.hooks.flat(), ...layers.transcripts.flat()]);
    const { agents, skills } = await lists();
    const stored = (table: string) =>
      store.client.sql(`SELECT * FROM ${table} FINAL ORDER BY timestamp, event_id`);
    expect(agents).toEqual(await stored('agent_activations'));
    expect(skills).toEqual(await stored('skill_activations'));
    expect([agents.length, skills.length]).toEqual([6, 2]);
  });
});

describe('spans without other OpenTelemetry signals', () => {
  const spans = layers.otel.filter((rows) => rows.some(({ table }) => table === 'otel_traces')).flat();
  const cost = async () =>
    (await store.client.costByModel.query(captured)).reduce(
      (total, { total_cost_usd }) => total + (total_cost_usd ?? NaN),
      0,
    );

  it('every request has the list price of its tokens, with the cheaper kind of cache writes', async () => {
    await ingest(spans);
    expect(await seenRequests()).toEqual(truth);
    // 1,356 tokens of Opus and 1,707 of Haiku were one-hour cache writes, which spans do not report.
    expect(await cost()).toBeCloseTo(0.5069675 - (1_356 * (10 - 6.25) + 1_707 * (2 - 1.25)) / 1e6, 9);
    const overview = await store.client.sessionOverview.query(captured);
    expect(overview.map(({ session_id, request_count }) => [session_id, request_count]).sort()).toEqual([
      [sessions.first, 18],
      [sessions.overloaded, 1],
      [sessions.typedSkill, 2],
      [sessions.fork, 2],
    ]);
    expect(
      overview.every(({ unpriced_requests: unpriced, prompts }) => unpriced === 0 && prompts === null),
    ).toBe(true);
  });

  it.each([
    ['events', layers.otel],
    ['transcripts', layers.transcripts],
  ])('the price according to %s wins, whichever arrives first', async (_, others) => {
    await ingest(spans);
    await ingest(others.flat());
    expect(await cost()).toBeCloseTo(0.5069675, 9);
    await ingest(spans);
    expect(await cost()).toBeCloseTo(0.5069675, 9);
  });
});

describe('coverage', () => {
  it('coverage says what each layer of the captures reported', async () => {
    await ingest([...layers.otel, ...layers.transcripts, ...layers.hooks].flat());
    const rows = await store.client.coverage.query(captured);
    const total = (of: (row: (typeof rows)[number]) => number) =>
      rows.reduce((count, row) => count + of(row), 0);
    expect(total(({ request_count }) => request_count)).toBe(23);
    expect(total(({ seen_by_both }) => seen_by_both)).toBe(23);
    expect(total(({ cost_mismatches }) => cost_mismatches)).toBe(0);
  });
});
