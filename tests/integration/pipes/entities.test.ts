import { beforeAll, describe, expect, it } from 'vitest';
import type { EmittedEvent } from '../../../src/index.js';
import { ingestEmitted } from '../helpers/emitted.js';
import { makeApiRequestRow, makeSessionSummaryRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore({ isEmptied: 'once' });

const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (minute: number, day = 2) =>
  `2026-03-${String(day).padStart(2, '0')} 10:${String(minute).padStart(2, '0')}:00.000`;
const project = 'shop-00000001';

const request = (cost_usd: number, minute: number, more = {}) =>
  makeApiRequestRow({ cost_usd, timestamp: at(minute), git_branch: 'feature/x', ...more });

const commit = (hash: string, minute: number, payload: object = {}) =>
  makeTelemetryEventRow({
    event: 'commit',
    event_id: `commit ${hash}`,
    commit_hash: hash,
    timestamp: at(minute),
    payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'feature/x', ...payload }),
  });

/** Each cost is a power of two, so that a sum tells which requests are in it. */
const requests = [
  request(1, 1),
  request(2, 5),
  request(4, 11),
  request(8, 21),
  request(16, 1, { session_id: 'session-2', git_branch: 'main' }),
  request(32, 2, { session_id: 'session-2', git_branch: 'feature/y' }),
];

const events = [
  commit('aaaaaaa', 10),
  commit('bbbbbbb', 12),
  commit('ccccccc', 13, { kind: 'amended', replaces: 'bbbbbbb', first: 'bbbbbbb', evidence: 'order' }),
  // git did not print it: it was found in the log of HEAD.
  commit('eeeeeee', 14, { found: 'log', branch: 'feature/z' }),
  commit('ddddddd', 22, { kind: 'reverted', reverts: 'aaaaaaa', evidence: 'hash' }),
  makeTelemetryEventRow({
    ...{ event: 'commit_copy', event_id: 'copy 1', source: 'git', commit_hash: '1111111111' },
    ...{ timestamp: at(50), payload: JSON.stringify({ of: 'ccccccc', how: 'squash' }) },
  }),
  makeTelemetryEventRow({
    ...{ event: 'commit_copy', event_id: 'copy 2', source: 'git', commit_hash: '2222222222' },
    ...{ timestamp: at(55), payload: JSON.stringify({ of: 'eeeeeee', how: 'inverse' }) },
  }),
  makeTelemetryEventRow({
    ...{ event: 'pull_request_state', event_id: 'state 7', source: 'git', session_id: '', pr_number: 7 },
    ...{ timestamp: at(0, 1), status: 'merged', duration_ms: 1_000 },
    payload: JSON.stringify({ repository: project, branch: 'feature/x', merged_at: at(0, 5) }),
  }),
  makeTelemetryEventRow({
    ...{ event: 'pull_request', event_id: 'noted 8', session_id: 'session-2', pr_number: 8 },
    timestamp: at(3),
    payload: JSON.stringify({ repository: project, branch: 'feature/y' }),
  }),
];

/** BUG-1 is open in session-1 from minute 0 to 15, and names a commit. */
const told: EmittedEvent[] = [
  {
    event: 'issue_start',
    task_id: 'BUG-1',
    session_id: 'session-1',
    feature_id: 'cart',
    timestamp: at(0).replace(' ', 'T') + 'Z',
  },
  {
    ...{ event: 'issue_complete', task_id: 'BUG-1', session_id: 'session-1', status: 'success' },
    ...{ feature_id: 'cart', commit_hash: 'ccccccc', timestamp: at(15).replace(' ', 'T') + 'Z' },
  },
  { event: 'issue_start', task_id: 'BUG-2', timestamp: at(30).replace(' ', 'T') + 'Z' },
];

const fill = async (order: <Row>(rows: readonly Row[]) => Row[]) => {
  await store.client.apiRequests.ingest(order(requests));
  for (const row of order(events)) await store.client.telemetryEvents.ingest([row]);
  await ingestEmitted(store.client, order(told), project);
};

beforeAll(async () => {
  await fill((rows) => [...rows]);
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({ session_id: 'session-1', project, timestamp: at(22), ended_at: at(40) }),
  ]);
});

const answers = async () => [
  await store.client.entities.query(march),
  await store.client.entityLinks.query(march),
  await store.client.correlation.query(march),
];

describe('entities', () => {
  it('has the state of each session, commit, pull request, task and feature', async () => {
    const rows = await store.client.entities.query(march);
    expect(rows.map(({ kind, id, state }) => [kind, id, state]).sort()).toEqual(
      [
        ['commit', 'aaaaaaa', 'reverted'],
        ['commit', 'bbbbbbb', 'replaced'],
        ['commit', 'ccccccc', 'made'],
        ['commit', 'ddddddd', 'made'],
        // Undone by a commit without a session.
        ['commit', 'eeeeeee', 'reverted'],
        // The two that were made outside of sessions: a squash of ccccccc, and what undoes eeeeeee.
        ['commit', '1111111111', 'outside'],
        ['commit', '2222222222', 'outside'],
        ['feature', 'cart', 'ended'],
        ['pull_request', 'shop-00000001#7', 'merged'],
        ['pull_request', 'shop-00000001#8', 'unknown'],
        ['session', 'session-1', 'ended'],
        ['session', 'session-2', 'open'],
        ['task', 'BUG-1', 'completed'],
        ['task', 'BUG-2', 'open'],
      ].sort(),
    );
    expect(rows.find(({ id }) => id === 'session-1')).toMatchObject({
      project,
      first_seen: at(1),
      last_seen: at(22),
    });
    expect(rows.find(({ id }) => id === 'shop-00000001#7')).toMatchObject({
      first_seen: at(0, 1),
      last_seen: at(0, 5),
    });
  });
});

describe('entity_links', () => {
  it('both ends of every link are entities', async () => {
    const known = new Set((await store.client.entities.query(march)).map(({ kind, id }) => `${kind} ${id}`));
    const links = await store.client.entityLinks.query(march);
    const ends = links.flatMap((link) => [
      `${link.from_kind} ${link.from_id}`,
      `${link.to_kind} ${link.to_id}`,
    ]);
    expect(ends).not.toEqual([]);
    expect(ends.filter((end) => !known.has(end))).toEqual([]);
  });

  it('says what is linked, by what, and how surely', async () => {
    const rows = await store.client.entityLinks.query(march);
    expect(
      rows.map((row) => [
        `${row.from_id} ${row.kind} ${row.to_id}`,
        row.origin,
        row.evidence,
        Number(row.confidence.toFixed(3)),
        Number(row.weight.toFixed(3)),
        Number(row.ambiguity.toFixed(3)),
      ]),
    ).toEqual([
      ['1111111111 copies ccccccc', 'inferred', 'patch', 0.7, 1, 0],
      ['2222222222 reverts eeeeeee', 'inferred', 'patch', 0.8, 1, 0],
      ['aaaaaaa part_of shop-00000001#7', 'inferred', 'branch', 1, 1, 0],
      ['ccccccc replaces bbbbbbb', 'inferred', 'order', 0.8, 1, 0],
      ['ccccccc part_of shop-00000001#7', 'inferred', 'branch', 0.8, 1, 0],
      ['ddddddd reverts aaaaaaa', 'explicit', 'hash', 1, 1, 0],
      ['ddddddd part_of shop-00000001#7', 'inferred', 'branch', 1, 1, 0],
      ['session-1 made aaaaaaa', 'explicit', 'tool_output', 1, 1, 0],
      ['session-1 made ccccccc', 'explicit', 'tool_output', 1, 1, 0],
      ['session-1 made ddddddd', 'explicit', 'tool_output', 1, 1, 0],
      ['session-1 made eeeeeee', 'inferred', 'git_log', 0.9, 1, 0],
      ['session-1 worked_on shop-00000001#7', 'inferred', 'branch', 1, 1, 0],
      ['session-1 worked_on BUG-1', 'explicit', 'event', 1, 1, 0],
      // One of the two requests of session-2 was made on the branch that it noted with the pull request.
      ['session-2 noted shop-00000001#8', 'explicit', 'client_note', 1, 1, 0],
      ['session-2 worked_on shop-00000001#8', 'inferred', 'branch', 0.8, 0.5, 0],
      // Two of the three requests of the task led to aaaaaaa; ccccccc is named by an event.
      ['BUG-1 produced aaaaaaa', 'inferred', 'time', 0.7, 0.667, 0],
      ['BUG-1 produced ccccccc', 'explicit', 'event', 1, 1, 0],
      ['BUG-1 part_of cart', 'explicit', 'event', 1, 1, 0],
      ['BUG-1 produced shop-00000001#7', 'inferred', 'time', 0.7, 1, 0],
    ]);
  });
});

describe('entity_link_totals', () => {
  it('counts the links of each kind and origin, with their mean and lowest confidence', async () => {
    const rows = await store.client.entityLinkTotals.query(march);
    expect(
      rows.map((row) => [
        `${row.from_kind} ${row.kind} ${row.to_kind}`,
        row.origin,
        row.links,
        Number(row.avg_confidence.toFixed(4)),
        row.lowest_confidence,
        row.ambiguous_links,
      ]),
    ).toEqual([
      ['commit copies commit', 'inferred', 1, 0.7, 0.7, 0],
      // The mean of 1, 0.8 and 1.
      ['commit part_of pull_request', 'inferred', 3, 0.9333, 0.8, 0],
      ['commit replaces commit', 'inferred', 1, 0.8, 0.8, 0],
      ['commit reverts commit', 'explicit', 1, 1, 1, 0],
      ['commit reverts commit', 'inferred', 1, 0.8, 0.8, 0],
      ['session made commit', 'explicit', 3, 1, 1, 0],
      ['session made commit', 'inferred', 1, 0.9, 0.9, 0],
      ['session noted pull_request', 'explicit', 1, 1, 1, 0],
      ['session worked_on pull_request', 'inferred', 2, 0.9, 0.8, 0],
      ['session worked_on task', 'explicit', 1, 1, 1, 0],
      ['task part_of feature', 'explicit', 1, 1, 1, 0],
      ['task produced commit', 'explicit', 1, 1, 1, 0],
      ['task produced commit', 'inferred', 1, 0.7, 0.7, 0],
      ['task produced pull_request', 'inferred', 1, 0.7, 0.7, 0],
    ]);
  });
});

describe('correlation', () => {
  it('joins feature, task, session, commit and pull request, each request once', async () => {
    const rows = await store.client.correlation.query(march);
    expect(
      rows.map((row) => [
        [row.feature, row.task, row.session_id, row.commit_hash, row.pull_request].join(' | '),
        row.outcome,
        row.confidence,
        row.total_cost_usd,
      ]),
    ).toEqual([
      [' |  | session-2 |  | shop-00000001#8', 'unknown_pr', 0.8, 32],
      [' |  | session-2 |  | ', 'unattributed', null, 16],
      [' |  | session-1 | ddddddd | shop-00000001#7', 'merged_pr', 1, 8],
      ['cart | BUG-1 | session-1 | ccccccc | shop-00000001#7', 'merged_pr', 0.8, 4],
      ['cart | BUG-1 | session-1 | aaaaaaa | shop-00000001#7', 'reverted', 1, 3],
    ]);
  });
});

it('the same rows again in the opposite order change nothing', async () => {
  const before = await answers();
  await fill((rows) => [...rows].reverse());
  expect(await answers()).toEqual(before);
});

/** Numbers that look random and are the same each time (a linear congruential generator). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

it.each([1, 2, 3])(
  'in any order, with any rows again, a project has the same links as before, and only its own (order %i)',
  async (seed) => {
    const random = numbers(seed);
    const next = () => random.next().value;
    const other = `other-${String(90 + seed).padStart(8, '0')}`;
    const renamed = <Row extends object>(row: Row): Row =>
      JSON.parse(
        JSON.stringify(row)
          .replaceAll(project, other)
          .replaceAll(/session-[12]/g, `$&-${seed}`)
          .replaceAll(/"(event_id|request_key|request_id|message_id)":"/g, `$&${seed} `),
      ) as Row;
    const shuffled = <Row extends object>(rows: readonly Row[]) =>
      rows
        .flatMap((row) => (next() < 0.5 ? [row] : [row, row]))
        .map((row) => ({ row: renamed(row), place: next() }))
        .sort((one, another) => one.place - another.place)
        .map(({ row }) => row);
    const steps = shuffled([
      ...requests.map((row) => ({ row, send: 'request' as const })),
      ...events.map((row) => ({ row, send: 'event' as const })),
      ...told.map((row) => ({ row, send: 'told' as const })),
    ]);
    for (const step of steps)
      if (step.send === 'request') await store.client.apiRequests.ingest([step.row]);
      else if (step.send === 'event') await store.client.telemetryEvents.ingest([step.row]);
      else await ingestEmitted(store.client, [step.row], other);

    const links = await store.client.entityLinks.query({ ...march, project: other });
    expect(links).toHaveLength(19);
    const before = await store.client.entityLinks.query({ ...march, project });
    expect(links).toEqual(before.map(renamed));
  },
);

it('links that compete have an ambiguity that adds up', async () => {
  await store.client.telemetryEvents.ingest([
    makeTelemetryEventRow({
      ...{ event: 'pull_request_state', event_id: 'state 9', source: 'git', session_id: '', pr_number: 9 },
      ...{ timestamp: at(0, 3), status: 'open' },
      payload: JSON.stringify({ repository: project, branch: 'feature/z' }),
    }),
  ]);
  await store.client.apiRequests.ingest([
    request(64, 23, { git_branch: 'feature/z', session_id: 'session-2' }),
    request(64, 24, { git_branch: 'feature/z', session_id: 'session-2' }),
  ]);
  const rows = await store.client.entityLinks.query(march);
  expect(
    rows
      .filter((row) => row.from_id === 'session-2' && row.kind === 'worked_on')
      .map((row) => [row.to_id, row.weight, Number(row.ambiguity.toFixed(3))]),
  ).toEqual([
    ['shop-00000001#8', 0.25, 0.667],
    ['shop-00000001#9', 0.5, 0.333],
  ]);
  const totals = await store.client.entityLinkTotals.query({ ...march, project });
  expect(
    totals
      .filter((row) => row.from_kind === 'session' && row.kind === 'worked_on' && row.origin === 'inferred')
      .map((row) => [row.links, row.ambiguous_links]),
  ).toEqual([[3, 2]]);
});
