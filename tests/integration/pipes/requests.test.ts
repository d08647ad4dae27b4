import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequestRow } from '../../../src/catalogue.js';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { rounds } from '../../helpers/rounds.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('requests', () => {
  it('a side question that replays a message is counted once, on the main branch', async () => {
    const replay = { message_id: 'msg_same', cost_usd: 0.01 };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        ...replay,
        request_key: 'r2',
        request_id: 'r2',
        is_sidechain: 1,
        session_id: 'side',
        timestamp: '2026-03-02 11:00:00.000',
      }),
      makeApiRequestRow({
        ...replay,
        request_key: 'r1',
        request_id: 'r1',
        is_sidechain: 0,
        session_id: 'main',
      }),
    ]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: 'main', request_count: 1, total_cost_usd: 0.01 },
    ]);
  });

  it('a request belongs to the session in which it was made, not to one that copied it', async () => {
    const same = { request_key: 'r1', request_id: 'r1', message_id: 'm1' };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...same, session_id: 'zz-fork', is_copy: 1 }),
    ]);
    // Until the original is stored, the request has no owner; it is still counted.
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: '', request_count: 1 },
    ]);
    await store.client.apiRequests.ingest([makeApiRequestRow({ ...same, session_id: 'aa-parent' })]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: 'aa-parent', request_count: 1 },
    ]);
  });

  it('final counts win over placeholders, and real names over names that OpenTelemetry hides', async () => {
    const same = { request_key: 'r1', request_id: 'r1' };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        ...same,
        is_final: 0,
        output_tokens: 1,
        cost_usd: 0.001,
        agent_id: 'a',
        agent_type: 'reviewer',
      }),
      makeApiRequestRow({
        ...same,
        source: 'otel',
        message_id: '',
        output_tokens: 400,
        cost_usd: 0.04,
        agent_type: 'custom',
        reported_cost_usd: 0.04,
      }),
    ]);
    expect(await store.client.agentUsageSummary.query(march)).toMatchObject([
      { agent_type: 'reviewer', total_output: 400, est_cost_usd: 0.04 },
    ]);
  });

  it('without request ids, a request that OpenTelemetry and a transcript report is counted once', async () => {
    const used = { input_tokens: 100, output_tokens: 50, cost_usd: 0.01 };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...used, request_key: 'msg_1', request_id: '', message_id: 'msg_1' }),
      makeApiRequestRow({ ...used, request_key: 'client-1', request_id: '', message_id: '', source: 'otel' }),
      makeApiRequestRow({
        ...used,
        request_key: 'client-2',
        request_id: '',
        message_id: '',
        source: 'otel',
        session_id: 'otel alone',
      }),
    ]);
    const rows = await store.client.sessionOverview.query(march);
    expect(rows.map(({ session_id, request_count }) => [session_id, request_count]).sort()).toEqual([
      ['otel alone', 1],
      ['session-1', 1],
    ]);
  });

  it('of two rows of one message, the best one is used, not the earliest', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        request_key: 'm',
        request_id: '',
        message_id: 'm',
        is_final: 0,
        output_tokens: 3,
        cost_usd: 0.001,
        timestamp: '2026-03-02 11:00:00.000',
      }),
      makeApiRequestRow({
        request_key: 'r',
        request_id: 'r',
        message_id: 'm',
        output_tokens: 100,
        cost_usd: 0.02,
      }),
    ]);
    expect(await store.client.costByModel.query(march)).toMatchObject([
      { request_count: 1, total_output: 100, total_cost_usd: 0.02 },
    ]);
  });

  it('two requests with one message id are two, on the main branch and in subagents; side questions replay', async () => {
    const same = { message_id: 'same', cost_usd: 0.01 };
    const request = (key: string, more: Partial<ApiRequestRow> = {}) =>
      makeApiRequestRow({ ...same, request_key: key, request_id: key, ...more });
    await store.client.apiRequests.ingest([
      request('r1'),
      request('r2'),
      request('r3', { session_id: 'other' }),
      request('agent-1', { is_sidechain: 1, agent_id: 'a', agent_type: 'Explore' }),
      request('agent-2', { is_sidechain: 1, agent_id: 'a', agent_type: 'Explore' }),
      request('side-1', { is_sidechain: 1 }),
      // Two side questions replay one message whose original is not in the store.
      request('side-2', { is_sidechain: 1, message_id: 'gone' }),
      request('side-3', { is_sidechain: 1, message_id: 'gone' }),
    ]);
    const rows = await store.client.sessionOverview.query(march);
    expect(rows.map(({ session_id, request_count }) => [session_id, request_count]).sort()).toEqual([
      ['other', 1],
      ['session-1', 5],
    ]);
  });

  it('without request ids, responses with one message id are as many as their keys, and a key of an earlier version is none', async () => {
    const nameless = (key: string, more: Partial<ApiRequestRow> = {}) =>
      makeApiRequestRow({ request_key: key, request_id: '', message_id: 'same', cost_usd: 0.01, ...more });
    await store.client.apiRequests.ingest([
      nameless('same:111111111111'),
      nameless('same:222222222222', { timestamp: '2026-03-02 13:00:00.000' }),
      nameless('same:333333333333', { session_id: 'other', timestamp: '2026-03-02 14:00:00.000' }),
      nameless('same', { timestamp: '2026-03-02 12:00:00.000' }),
      // A copy in a subagent's file has the time and the usage of the original.
      nameless('same:444444444444', { is_sidechain: 1 }),
    ]);
    const rows = await store.client.sessionOverview.query(march);
    expect(rows.map(({ session_id, request_count }) => [session_id, request_count]).sort()).toEqual([
      ['other', 1],
      ['session-1', 2],
    ]);
  });

  describe('several responses with one request id', () => {
    const gateway = (message: string, key: string, more: Partial<ApiRequestRow> = {}) =>
      makeApiRequestRow({ request_key: key, request_id: 'gw', message_id: message, ...more });
    /** Requests, tokens and cost of each session. A row of the factory has 950 tokens besides those of the output. */
    const counted = async () =>
      (await store.client.sessionOverview.query(march))
        .map((row) => [row.session_id, row.request_count, row.total_tokens, row.total_cost_usd])
        .sort();
    const first = { output_tokens: 50, cost_usd: 0.25 };
    const second = { output_tokens: 100, cost_usd: 0.5, timestamp: '2026-03-02 12:01:00.000' };

    it('what an earlier version stored as one request is counted until the session is read again, and not then', async () => {
      const advisor = { output_tokens: 7, cost_usd: 1 };
      await store.client.apiRequests.ingest([
        gateway('m1', 'gw', first),
        gateway('m1:iter:0', 'gw:iter:0', advisor),
        gateway('m2', 'gw', second),
      ]);
      expect(await counted()).toEqual([['session-1', 2, 2_007, 1.5]]);
      await store.client.apiRequests.ingest([
        gateway('m1', 'gw|m1', first),
        gateway('m1:iter:0', 'gw|m1:iter:0', advisor),
        gateway('m2', 'gw|m2', second),
      ]);
      expect(await counted()).toEqual([['session-1', 3, 3_007, 1.75]]);
    });

    it('what an earlier version stored of one of them is counted beside the others', async () => {
      await store.client.apiRequests.ingest([gateway('m1', 'gw', first), gateway('m2', 'gw|m2', second)]);
      expect(await counted()).toEqual([['session-1', 2, 2_050, 0.75]]);
    });

    it('what only OpenTelemetry saw gives way in a session that has a transcript, and in no other', async () => {
      const seen = { source: 'otel', output_tokens: 9, cost_usd: 4 } as const;
      await store.client.apiRequests.ingest([
        gateway('', 'gw', seen),
        gateway('m1', 'gw|m1', { ...first, session_id: 'other' }),
      ]);
      expect(await counted()).toEqual([
        ['other', 1, 1_000, 0.25],
        ['session-1', 1, 959, 4],
      ]);
      await store.client.apiRequests.ingest([gateway('m2', 'gw|m2', second)]);
      expect(await counted()).toEqual([
        ['other', 1, 1_000, 0.25],
        ['session-1', 1, 1_050, 0.5],
      ]);
    });
  });

  it("the client's cost of a response includes an advisor's call, so the layers agree", async () => {
    const of = { session_id: 's', request_id: 'req_1' };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...of, request_key: 'req_1', message_id: 'm', cost_usd: 0.017256 }),
      makeApiRequestRow({
        ...of,
        request_key: 'req_1:iter:1',
        message_id: 'm:iter:1',
        model: 'claude-opus-4-8',
        cost_usd: 0.095,
      }),
      makeApiRequestRow({
        ...of,
        request_key: 'req_1',
        message_id: '',
        source: 'otel',
        cost_usd: 0.017256,
        reported_cost_usd: 0.112256,
      }),
    ]);
    expect(await store.client.coverage.query(march)).toMatchObject([
      {
        session_id: 's',
        request_count: 2,
        cost_mismatches: 0,
        broken_attempts: 0,
        computed_cost_usd_total: 0.112256,
        reported_cost_usd_total: 0.112256,
      },
    ]);
  });

  it('a copied line keeps no names: a fork rewrites them', async () => {
    const same = { request_key: 'r1', request_id: 'r1', message_id: 'm1' };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...same, prompt_id: 'p1', skill_name: 'deploy', git_branch: 'main' }),
      makeApiRequestRow({
        ...same,
        is_copy: 1,
        prompt_id: 'zz',
        skill_name: 'zz',
        git_branch: 'zz',
        agent_id: 'zz',
        agent_type: 'zz',
        session_id: 'zz',
      }),
    ]);
    const [row] = await store.client.sql(
      `SELECT best_prompt_id, best_skill_name, best_git_branch, best_agent_id, best_agent_type
       FROM requests FINAL WHERE week = toMonday(timestamp) FORMAT JSON`,
    );
    expect(row).toEqual({
      best_prompt_id: '2p1',
      best_skill_name: '2deploy',
      best_git_branch: '2main',
      best_agent_id: '0',
      best_agent_type: '0',
    });
  });

  it('the result does not depend on the order and repetition of sightings', async () => {
    const sightings: ApiRequestRow[] = [
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: 'm',
        output_tokens: 1,
        is_final: 0,
        cost_usd: 0.001,
      }),
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: 'm',
        output_tokens: 90,
        cost_usd: 0.09,
      }),
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: '',
        source: 'otel',
        output_tokens: 90,
        cost_usd: 0.09,
        session_id: 'session-1',
      }),
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: 'm',
        is_copy: 1,
        session_id: 'zz-fork',
      }),
      makeApiRequestRow({
        request_key: 'b',
        request_id: 'b',
        message_id: 'n',
        cost_usd: 0.5,
        is_sidechain: 1,
        agent_id: 'x',
        agent_type: 'Explore',
      }),
      makeApiRequestRow({
        request_key: 'c',
        request_id: 'c',
        message_id: 'n2',
        cost_usd: null,
        model: 'claude-unheard-of',
      }),
    ];
    const everything = fc.shuffledSubarray([...sightings, ...sightings], {
      minLength: sightings.length,
      maxLength: sightings.length * 2,
    });
    await fc.assert(
      fc.asyncProperty(
        everything,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (rows, cuts) => {
          await truncate();
          const complete = [...rows, ...sightings.filter((row) => !rows.includes(row))];
          let batch: ApiRequestRow[] = [];
          for (const [index, row] of complete.entries()) {
            batch.push(row);
            if (cuts[index] === true) {
              await store.client.apiRequests.ingest(batch);
              batch = [];
            }
          }
          await store.client.apiRequests.ingest(batch);
          expect(await store.client.sessionOverview.query(march)).toMatchObject([
            {
              session_id: 'session-1',
              request_count: 3,
              total_output: 90 + 50 + 50,
              total_cost_usd: 0.59,
              unpriced_requests: 1,
            },
          ]);
        },
      ),
      { numRuns: rounds(6) },
    );
  });

  const truncate = async () => {
    for (const table of ['api_requests', 'requests']) {
      await fetch(`${store.url}/v0/datasources/${table}/truncate`, {
        method: 'POST',
        headers: { authorization: 'Bearer local' },
      });
    }
  };
});

describe('request_list', () => {
  it('a page continues after a given request, also among requests of the same time', async () => {
    await store.client.apiRequests.ingest(
      ['r1', 'r2', 'r3'].map((key) => makeApiRequestRow({ request_key: key, request_id: key })),
    );
    const page = await store.client.requestList.query({ ...march, limit: 2 });
    expect(page.map(({ request_key: key }) => key)).toEqual(['r1', 'r2']);
    const rest = await store.client.requestList.query({
      ...march,
      after_time: page[1]!.timestamp,
      after_key: 'r2',
    });
    expect(rest.map(({ request_key: key }) => key)).toEqual(['r3']);
  });
});

describe('session_layers', () => {
  it('session_layers shows which layers saw the requests and the events of each session, newest first', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 'both', source: 'transcript', timestamp: '2026-03-02 10:00:00.000' }),
      makeApiRequestRow({ session_id: 'both', source: 'otel', timestamp: '2026-03-02 10:00:01.000' }),
      makeApiRequestRow({ session_id: 'old', source: 'transcript', timestamp: '2026-02-02 10:00:00.000' }),
      makeApiRequestRow({
        session_id: 'elsewhere',
        source: 'transcript',
        project: 'other-1',
        timestamp: '2026-03-03 10:00:00.000',
      }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ session_id: 'both', source: 'hook', timestamp: '2026-03-02 10:00:02.000' }),
      makeTelemetryEventRow({
        event_id: 'tool',
        session_id: 'tool',
        source: 'cli',
        timestamp: '2026-03-01 10:00:00.000',
      }),
    ]);
    const none = { seen_by_hook: 0, seen_by_transcript: 0, seen_by_otel: 0, seen_by_git: 0, seen_by_cli: 0 };
    const elsewhere = { ...none, seen_by_transcript: 1, session_id: 'elsewhere' };
    const both = { ...none, seen_by_hook: 1, seen_by_transcript: 1, seen_by_otel: 1, session_id: 'both' };
    const tool = { ...none, seen_by_cli: 1, session_id: 'tool' };
    const ask = (more: object) => store.client.sessionLayers.query({ ...march, ...more });
    expect(await ask({})).toMatchObject([elsewhere, both, tool]);
    expect(await ask({ limit: 1 })).toMatchObject([elsewhere]);
    expect(await ask({ project: 'other-1' })).toMatchObject([elsewhere]);
  });
});

describe('coverage', () => {
  it('coverage shows per session and day what each layer reported, and cost differences above one percent', async () => {
    const both = (key: string, computed: number | null, reported: number | null) => [
      makeApiRequestRow({ request_key: key, request_id: key, cost_usd: computed }),
      makeApiRequestRow({
        request_key: key,
        request_id: key,
        message_id: '',
        source: 'otel',
        cost_usd: reported,
        reported_cost_usd: reported,
      }),
    ];
    await store.client.apiRequests.ingest([
      ...both('agree', 1, 1.0099),
      ...both('differ', 1, 1.0102),
      ...both('unpriced', null, 0.5),
      makeApiRequestRow({ cost_usd: 2 }),
      // Another model: where the client agrees to the cent, a higher cost would be that of broken attempts.
      makeApiRequestRow({
        source: 'otel',
        message_id: '',
        model: 'claude-opus-5',
        cost_usd: 4,
        reported_cost_usd: 4,
      }),
      makeApiRequestRow({ session_id: 'session-2', timestamp: '2026-03-03 00:00:00.000' }),
    ]);
    expect(await store.client.coverage.query(march)).toMatchObject([
      { session_id: 'session-2', day: '2026-03-03', request_count: 1, seen_by_otel: 0, only_transcript: 1 },
      {
        session_id: 'session-1',
        day: '2026-03-02',
        request_count: 5,
        seen_by_transcript: 4,
        seen_by_otel: 4,
        seen_by_both: 3,
        only_transcript: 1,
        only_otel: 1,
        cost_mismatches: 1,
        broken_attempts: 0,
        // 1 + 1 + 2 + 4: the request without a list price is unknown, whatever the client reports.
        computed_cost_usd_total: 8,
        total_cost_usd: 8,
        // 1.0099 + 1.0102 + 0.5 + 4
        reported_cost_usd_total: 6.5201,
      },
    ]);
  });
});
