import { describe, expect, it } from 'vitest';
import { pages } from '../../../src/base/pages.js';
import { afterSession, placeOfSession, type SessionPlace } from '../../../src/pipes/parts/session-place.js';
import type { SortedBy } from '../../../src/pipes/parts/session-sorts.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('session_overview', () => {
  const fill = async () => {
    await store.client.sessionSummaries.ingest([makeSessionSummaryRow({ session_id: 's1' })]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 's1', cost_usd: 0.1 }),
      makeApiRequestRow({ session_id: 's1', cost_usd: 0.2, agent_id: 'a', agent_type: 'Explore' }),
      makeApiRequestRow({
        session_id: 's1',
        cost_usd: 0.1,
        model: 'claude-haiku-4-5',
        ...{ input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_creation_tokens: 0 },
      }),
      makeApiRequestRow({ session_id: 's2', cost_usd: null, timestamp: '2026-03-03 00:00:00.000' }),
    ]);
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ session_id: 's1', agent_id: 'a' }),
      makeAgentActivationRow({ session_id: 's1', agent_id: 'b' }),
      makeAgentActivationRow({ session_id: 's1', agent_id: 'c', agent_type: 'reviewer' }),
    ]);
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ session_id: 's1' }),
      makeSkillActivationRow({ session_id: 's1' }),
      makeSkillActivationRow({ session_id: 's1', skill_name: 'review' }),
    ]);
  };

  it('session_overview joins what each table has about a session, newest first', async () => {
    await fill();
    expect(await store.client.sessionOverview.query(march)).toEqual([
      {
        session_id: 's2',
        project: 'shop-00000001',
        started: '2026-03-03 00:00:00.000',
        last_activity: '2026-03-03 00:00:00.000',
        ended: null,
        duration_ms: 0,
        models: ['claude-opus-4-8'],
        status: 'abandoned',
        end_reason: '',
        agents_used: 0,
        skills_used: 0,
        request_count: 1,
        total_input: 100,
        total_output: 50,
        total_cache_read: 800,
        total_cache_creation: 50,
        total_tokens: 1_000,
        total_cost_usd: null,
        unpriced_requests: 1,
        cache_hit_rate: 800 / 950,
        prompts: null,
        tool_calls: null,
        tool_failures: null,
        lines_added: null,
        lines_removed: null,
        commits: null,
      },
      {
        session_id: 's1',
        project: 'shop-00000001',
        started: '2026-03-02 11:00:00.000',
        last_activity: '2026-03-02 12:00:00.000',
        ended: '2026-03-02 12:00:01.000',
        duration_ms: 3_600_000,
        // The one with the most tokens first.
        models: ['claude-opus-4-8', 'claude-haiku-4-5'],
        status: 'ended',
        end_reason: 'other',
        agents_used: 2,
        skills_used: 2,
        request_count: 3,
        total_input: 201,
        total_output: 101,
        total_cache_read: 1_600,
        total_cache_creation: 100,
        total_tokens: 2_002,
        total_cost_usd: expect.closeTo(0.4, 12) as number,
        unpriced_requests: 0,
        cache_hit_rate: 1_600 / 1_901,
        prompts: 2,
        tool_calls: 3,
        tool_failures: 1,
        lines_added: null,
        lines_removed: null,
        commits: null,
      },
    ]);
  });

  it('a session is found by its id, however old it is', async () => {
    await fill();
    expect(await store.client.sessionOverview.query({ session_id: 's1' })).toMatchObject([
      { session_id: 's1', request_count: 3 },
    ]);
    expect(await store.client.sessionOverview.query({ session_id: 's1', days: 1 })).toEqual([]);
    expect(await store.client.sessionOverview.query({ session_id: 's1', to: '2026-01-01 00:00:00' })).toEqual(
      [],
    );
  });

  it('session_overview shows the newest state of a session', async () => {
    await store.client.sessionSummaries.ingest([
      makeSessionSummaryRow({ version: 2, prompts: 7, ended_at: null }),
    ]);
    await store.client.sessionSummaries.ingest([makeSessionSummaryRow({ version: 1, prompts: 3 })]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([{ prompts: 7, ended: null }]);
  });
});

describe('session_overview status', () => {
  it('a session is active until its end or until a day without events', async () => {
    const hoursAgo = (hours: number) =>
      new Date(Date.now() - hours * 3_600_000).toISOString().replace('T', ' ').replace('Z', '');
    const open = (session_id: string, hours: number) =>
      makeSessionSummaryRow({
        session_id,
        timestamp: hoursAgo(hours),
        last_activity_at: hoursAgo(hours),
        ended_at: null,
      });
    await store.client.sessionSummaries.ingest([open('young', 23), open('old', 25)]);
    const rows = await store.client.sessionOverview.query();
    expect(rows.map(({ session_id, status }) => [session_id, status])).toEqual([
      ['young', 'active'],
      ['old', 'abandoned'],
    ]);
  });
});

describe('session_list', () => {
  const noFigures = {
    ...{ started: null, last_activity: null, duration_ms: null, total_cost_usd: null },
    ...{ total_tokens: 0, request_count: 0, tool_failures: null },
  };

  it('pages are ordered by last activity, with filters for status and start of the id', async () => {
    const at = (hour: number) => `2026-03-02 ${String(hour).padStart(2, '0')}:00:00.000`;
    await store.client.sessionSummaries.ingest(
      [
        ['aa1', 12, null],
        ['aa2', 12, at(12)],
        ['bb1', 13, at(13)],
        ['bb2', 11, at(11)],
      ].map(([id, hour, ended]) =>
        makeSessionSummaryRow({
          session_id: String(id),
          last_activity_at: at(Number(hour)),
          ended_at: ended === null ? null : String(ended),
        }),
      ),
    );
    const ids = async (more: object) =>
      (await store.client.sessionList.query({ ...march, ...more })).map(({ session_id: id }) => id);
    expect(await ids({})).toEqual(['bb1', 'aa1', 'aa2', 'bb2']);
    expect(await ids({ limit: 2 })).toEqual(['bb1', 'aa1']);
    const place = placeOfSession({ ...noFigures, session_id: 'aa1', last_activity: at(12) });
    expect(await ids({ limit: 2, ...afterSession(place) })).toEqual(['aa2', 'bb2']);
    expect(await ids({ status: 'abandoned' })).toEqual(['aa1']);
    expect(await ids({ session_prefix: 'bb' })).toEqual(['bb1', 'bb2']);
  });

  it('is sorted by each figure, both ways, page by page: equal ones by id, unknown ones last', async () => {
    const request = (session_id: string, minute: number, cost_usd: number | null, output_tokens: number) =>
      makeApiRequestRow({
        ...{ session_id, cost_usd, output_tokens, timestamp: `2026-03-02 10:0${minute}:00.000` },
        ...{ input_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 },
      });
    const summary = (session_id: string, started: number, ended: number, failures: number) =>
      makeSessionSummaryRow({
        session_id,
        ...{ started_at: `2026-03-02 10:0${started}:00.000`, tool_failures: failures },
        ...{
          ended_at: `2026-03-02 10:0${ended}:00.000`,
          last_activity_at: `2026-03-02 10:0${ended}:00.000`,
        },
      });
    await store.client.sessionSummaries.ingest([
      summary('a', 1, 9, 2),
      summary('b', 2, 4, 2),
      summary('c', 3, 5, 0),
      summary('d', 0, 6, 1),
    ]);
    await store.client.apiRequests.ingest([
      request('a', 1, 0.1, 10),
      request('a', 2, 0.2, 10),
      request('b', 3, 0.3, 30),
      request('c', 4, null, 5),
      request('d', 5, 2, 20),
    ]);
    /** The ids of a list, asked for two at a time. */
    const ids = async (sort: SortedBy['sort'], order: SortedBy['order']) => {
      const by = { sort, order };
      const found = pages(
        2,
        (after: SessionPlace | undefined) =>
          store.client.sessionList.query({
            ...march,
            ...by,
            limit: 2,
            ...(after === undefined ? {} : afterSession(after)),
          }),
        (row) => placeOfSession(row, by),
      );
      let all = '';
      for await (const page of found) all += page.map(({ session_id: id }) => id).join('');
      return all;
    };
    expect(await ids('activity', 'desc')).toBe('adcb');
    expect(await ids('activity', 'asc')).toBe('bcda');
    expect(await ids('started', 'desc')).toBe('cbad');
    expect(await ids('started', 'asc')).toBe('dabc');
    // 8, 2, 2 and 6 minutes.
    expect(await ids('duration', 'desc')).toBe('adbc');
    expect(await ids('duration', 'asc')).toBe('bcda');
    // 0.1 + 0.2 is as much as 0.3, and the cost of c is unknown.
    expect(await ids('cost', 'desc')).toBe('dabc');
    expect(await ids('cost', 'asc')).toBe('abdc');
    // 20, 30, 5 and 20 tokens.
    expect(await ids('tokens', 'desc')).toBe('badc');
    expect(await ids('tokens', 'asc')).toBe('cadb');
    expect(await ids('requests', 'desc')).toBe('abcd');
    expect(await ids('requests', 'asc')).toBe('bcda');
    expect(await ids('failures', 'desc')).toBe('abdc');
    expect(await ids('failures', 'asc')).toBe('cdab');
    await expect(store.client.sessionList.query({ ...march, sort: 'joy' })).rejects.toThrow(
      'sort takes activity, started',
    );
    await expect(store.client.sessionList.query({ ...march, order: 'up' })).rejects.toThrow(
      'order takes desc, asc',
    );
  });

  it('a session that arrives between two pages moves none of the others', async () => {
    const summary = (session_id: string, hour: number) =>
      makeSessionSummaryRow({
        session_id,
        last_activity_at: `2026-03-02 ${hour}:00:00.000`,
        ended_at: `2026-03-02 ${hour}:00:00.000`,
      });
    await store.client.sessionSummaries.ingest([summary('a', 14), summary('b', 13), summary('c', 12)]);
    const first = await store.client.sessionList.query({ ...march, limit: 2 });
    await store.client.sessionSummaries.ingest([summary('new', 15)]);
    const place = placeOfSession(first[1] ?? { ...noFigures, session_id: '' });
    const second = await store.client.sessionList.query({ ...march, limit: 2, ...afterSession(place) });
    expect([...first, ...second].map(({ session_id: id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('sessions of a range of cost include its bounds, and those of unknown cost are in no range', async () => {
    await store.client.apiRequests.ingest(
      [
        ['cheap', 0.25],
        ['dear', 4],
        ['most_expensive', 8],
        ['unknown', null],
      ].map(([session_id, cost_usd]) =>
        makeApiRequestRow({
          session_id: String(session_id),
          cost_usd: cost_usd === null ? null : Number(cost_usd),
        }),
      ),
    );
    const ids = async (more: object) =>
      (await store.client.sessionList.query({ ...march, ...more })).map(({ session_id: id }) => id).sort();
    expect(await ids({ min_cost_usd: 4 })).toEqual(['dear', 'most_expensive']);
    expect(await ids({ max_cost_usd: 4 })).toEqual(['cheap', 'dear']);
    expect(await ids({ min_cost_usd: 0.3, max_cost_usd: 7.5 })).toEqual(['dear']);
    expect(await ids({})).toEqual(['cheap', 'dear', 'most_expensive', 'unknown']);
  });
});

describe('session_threads', () => {
  it('session_threads shows which thread started which, depth, width and orphans', async () => {
    const request = (agent_id: string, parent_agent_id: string, cost_usd: number) =>
      makeApiRequestRow({
        agent_id,
        agent_type: agent_id === '' ? '' : 'Explore',
        parent_agent_id,
        cost_usd,
        is_sidechain: agent_id === '' ? 0 : 1,
      });
    await store.client.apiRequests.ingest([
      request('', '', 1),
      request('a', '', 2),
      request('b', '', 4),
      request('c', 'a', 8),
      request('d', 'c', 16),
      request('e', 'gone', 32),
      makeApiRequestRow({ session_id: 'another', cost_usd: 64 }),
    ]);
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ agent_id: 'a', event: 'start', timestamp: '2026-03-02 11:59:00.000' }),
      makeAgentActivationRow({ agent_id: 'a', event: 'stop', timestamp: '2026-03-02 11:59:30.000' }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ agent_id: 'd', status: 'failure' }),
      makeTelemetryEventRow(),
    ]);
    const rows = await store.client.sessionThreads.query({ session_id: 'session-1' });
    expect(
      rows.map((row) => [
        row.agent_id,
        row.agent_type,
        row.depth,
        row.fan_out,
        row.is_orphan,
        row.total_cost_usd,
        row.tool_calls,
      ]),
    ).toEqual([
      ['', 'main', 0, 2 + 0, 0, 1, 1],
      ['a', 'Explore', 1, 1, 0, 2, 0],
      ['b', 'Explore', 1, 0, 0, 4, 0],
      ['e', 'Explore', 1, 0, 1, 32, 0],
      ['c', 'Explore', 2, 1, 0, 8, 0],
      ['d', 'Explore', 3, 0, 0, 16, 1],
    ]);
    expect(rows[1]).toMatchObject({ duration_ms: 30_000, stopped: '2026-03-02 11:59:30.000' });
    expect(rows[5]).toMatchObject({ tool_failures: 1, duration_ms: null });
  });
});
