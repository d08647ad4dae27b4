import { expect, it } from 'vitest';
import { makeApiRequestRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

interface Made {
  session: string;
  key: string;
  at: string;
  cost?: number;
  copy?: boolean;
}

const row = ({ session, key, at, cost = 1, copy = false }: Made) =>
  makeApiRequestRow({
    ...{ session_id: session, request_key: key, request_id: key, message_id: `msg ${key}` },
    ...{ timestamp: at, cost_usd: cost, is_copy: copy ? 1 : 0 },
    event_id: `${key} ${session} ${copy ? 'copy' : 'own'}`,
  });

/**
 * `first` made a1 and a2. `second` forked it and made b1. `third` forked `second` after a compaction, so that of it only
 * b1 is left. `fourth` forked `third`, which had made c1. `side` forked `first` after a1. `lost` forked a session that is not
 * stored.
 */
const chain: Made[] = [
  { session: 'first', key: 'a1', at: '2026-03-01 23:59:59.000', cost: 1 },
  { session: 'first', key: 'a2', at: '2026-03-02 10:01:00.000', cost: 2 },
  { session: 'second', key: 'a1', at: '2026-03-01 23:59:59.000', copy: true },
  { session: 'second', key: 'a2', at: '2026-03-02 10:01:00.000', copy: true },
  { session: 'second', key: 'b1', at: '2026-03-02 10:02:00.000', cost: 4 },
  { session: 'third', key: 'b1', at: '2026-03-02 10:02:00.000', copy: true },
  { session: 'third', key: 'c1', at: '2026-03-09 10:03:00.000', cost: 8 },
  { session: 'fourth', key: 'b1', at: '2026-03-02 10:02:00.000', copy: true },
  { session: 'fourth', key: 'c1', at: '2026-03-09 10:03:00.000', copy: true },
  { session: 'fourth', key: 'd1', at: '2026-03-09 10:04:00.000', cost: 16 },
  { session: 'side', key: 'a1', at: '2026-03-01 23:59:59.000', copy: true },
  { session: 'side', key: 's1', at: '2026-03-02 09:00:00.000', cost: 32 },
  { session: 'lost', key: 'x1', at: '2026-03-02 09:00:00.000', copy: true },
  { session: 'lost', key: 'l1', at: '2026-03-02 09:30:00.000', cost: 64 },
];

/** A fixed shuffle per seed. */
function shuffled<One>(all: readonly One[], seed: number): One[] {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return all
    .map((one) => ({ one, by: next() }))
    .sort((a, b) => a.by - b.by)
    .map(({ one }) => one);
}

const costOf = async (root_session: string) =>
  (await store.client.usageBreakdown.query({ ...march, root_session }))[0]?.total_cost_usd;

it('the root of a fork of a fork is the session that the chain began with, in any order of arrival and with repetitions', async () => {
  const expected = [
    ['fourth', 'third', 'first', 3],
    ['second', 'first', 'first', 1],
    ['side', 'first', 'first', 1],
    ['third', 'second', 'first', 2],
  ];
  for (const seed of [1, 7, 1234]) {
    await store.clear();
    for (const one of shuffled([...chain, ...chain.slice(0, 6)], seed))
      await store.client.apiRequests.ingest([row(one)]);
    const forks = await store.client.sessionForks.query(march);
    expect(
      forks.map((fork) => [fork.session_id, fork.parent_session_id, fork.root_session_id, fork.depth]).sort(),
    ).toEqual(expected);
  }
});

it('root_session keeps a session and all that was forked from it, at every place of a chain', async () => {
  await store.client.apiRequests.ingest(chain.map(row));
  // By hand: first 3, second 4, third 8, fourth 16, side 32, lost 64.
  expect(await costOf('first')).toBe(63);
  expect(await costOf('second')).toBe(28);
  expect(await costOf('third')).toBe(24);
  expect(await costOf('fourth')).toBe(16);
  expect(await costOf('side')).toBe(32);
  expect(await costOf('lost')).toBe(64);
  expect(await costOf('nobody')).toBeUndefined();
});

it('an original that arrives after its fork joins the chain then, and until then the fork stands alone', async () => {
  const [late, early] = [
    chain.filter(({ session }) => session === 'first'),
    chain.filter(({ session }) => session !== 'first'),
  ];
  await store.client.apiRequests.ingest(early.map(row));
  expect(
    (await store.client.sessionForks.query(march))
      .map(({ session_id, root_session_id }) => [session_id, root_session_id])
      .sort(),
  ).toEqual([
    ['fourth', 'second'],
    ['third', 'second'],
  ]);
  expect(await costOf('second')).toBe(28);
  await store.client.apiRequests.ingest(late.map(row));
  expect(await costOf('first')).toBe(63);
});

it('only forks that were active in the window, and of the project, have a row', async () => {
  await store.client.apiRequests.ingest(chain.map(row));
  const later = { from: '2026-03-09 00:00:00', to: '2026-03-10 00:00:00' };
  const ids = async (asked: object) =>
    (await store.client.sessionForks.query({ ...later, ...asked })).map(({ session_id }) => session_id);
  expect(await ids({})).toEqual(['fourth', 'third']);
  expect(await ids({ limit: 1, offset: 1 })).toEqual(['third']);
  expect(await ids({ project: 'shop-00000001' })).toEqual(['fourth', 'third']);
  expect(await ids({ project: 'other-00000002' })).toEqual([]);
});
