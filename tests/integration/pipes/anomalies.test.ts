import { expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore({ isEmptied: 'once' });

/** Numbers in (0, 1), the same in each run. */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let one = Math.imul(state ^ (state >>> 15), 1 | state);
    one = (one + Math.imul(one ^ (one >>> 7), 61 | one)) ^ one;
    return (((one ^ (one >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

const random = seeded(16);
const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
const poisson = (mean: number) => {
  let [count, product] = [0, random()];
  while (product > Math.exp(-mean)) {
    count += 1;
    product *= random();
  }
  return count;
};

const DAY = 86_400_000;
const dayOf = (n: number) => new Date(Date.UTC(2025, 0, 1) + n * DAY);
const moment = (n: number, minute = 0) =>
  new Date(dayOf(n).getTime() + 9 * 3_600_000 + minute * 60_000)
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '');

const call = (n: number, minute: number, isFailed: boolean) =>
  makeTelemetryEventRow({
    timestamp: moment(n, minute),
    status: isFailed ? 'failure' : 'success',
    error_class: isFailed ? 'exit_1' : '',
  });
const commit = (n: number, minute: number) =>
  makeTelemetryEventRow({
    ...{ event: 'commit', commit_hash: `c${n}-${minute}`, event_id: `commit ${n} ${minute}` },
    timestamp: moment(n, minute),
    payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'main' }),
  });
const request = (n: number, cost_usd: number | null, more = {}) =>
  makeApiRequestRow({ timestamp: moment(n), cost_usd, ...more });

/**
 * A year in which nothing happened: every working day costs about 20 USD (log-normal, half of a natural logarithm wide),
 * 30 tool calls of which one in twenty fails, and four commits on average. One weekend day in four has a little work.
 */
function quietYear(inWeek: (n: number) => boolean) {
  const requests = [];
  const events = [];
  for (let n = 0; n < 365; n += 1) {
    const isWeekend = [0, 6].includes(dayOf(n).getUTCDay());
    if (isWeekend && random() > 0.25) continue;
    requests.push(request(n, (isWeekend ? 5 : 20) * Math.exp(0.5 * normal())));
    for (let minute = 0; minute < (isWeekend ? 5 : 30); minute += 1)
      events.push(call(n, minute, random() < 0.05));
    const commits = poisson(isWeekend ? 1 : 4);
    if (inWeek(n)) for (let minute = 0; minute < commits; minute += 1) events.push(commit(n, minute));
  }
  return { requests, events };
}

const year = { from: '2025-01-01 00:00:00', to: '2026-01-01 00:00:00' };
const found = async (window = year) =>
  (await store.client.anomalies.query(window)).map(({ kind, starts_at: at, subject }) => [
    kind,
    at.slice(0, 10),
    subject,
  ]);

/** The week from Monday 15 September has no commit. */
const isNormalWeek = (n: number) => n < 257 || n > 263;

it('a quiet year raises at most two false alarms, and planted anomalies are found', async () => {
  const { requests, events } = quietYear(isNormalWeek);
  await store.client.apiRequests.ingest(requests);
  for (let from = 0; from < events.length; from += 1_000)
    await store.client.telemetryEvents.ingest(events.slice(from, from + 1_000));
  // The week without commits is planted from the start; everything else is an alarm without a cause.
  const planted = ['velocity_drop', '2025-09-15', ''];
  const quiet = await found();
  expect(quiet).toContainEqual(planted);
  expect(quiet.filter((row) => row[1] !== planted[1]).length, JSON.stringify(quiet)).toBeLessThanOrEqual(2);

  // 18 July costs 400 USD more, for another project; on 8 July half of the calls fail.
  await store.client.apiRequests.ingest([request(198, 400, { project: 'till-00000002' })]);
  await store.client.telemetryEvents.ingest(
    Array.from({ length: 30 }, (_, minute) => ({
      ...call(188, 60 + minute, true),
      tool_name: 'mcp__search__find',
    })),
  );
  const all = await found();
  expect(all).toContainEqual(['cost_spike', '2025-07-18', 'till-00000002']);
  expect(all).toContainEqual(['failure_spike', '2025-07-08', 'mcp__search__find']);
  expect(all).toHaveLength(quiet.length + 2);
  // What is usual comes from before the window.
  const [spike] = await store.client.anomalies.query({
    from: '2025-07-18 00:00:00',
    to: '2025-07-19 00:00:00',
  });
  expect(spike).toMatchObject({ kind: 'cost_spike', period: 'day', subject: 'till-00000002' });
  expect(spike!.value).toBeGreaterThan(400);
  expect(spike!.usual).toBeGreaterThan(10);
  expect(spike!.usual).toBeLessThan(40);
  expect(spike!.limit_value).toBeLessThan(spike!.value);
  expect(spike!.score).toBeGreaterThan(3.5);
  expect(spike!.compared_periods).toBeGreaterThanOrEqual(20);
  // One project has had no such day.
  expect(await found({ ...year, project: 'shop-00000001' } as typeof year)).not.toContainEqual(
    expect.arrayContaining(['2025-07-18']),
  );
});

it('tells nothing before there are ten days to compare with', async () => {
  await store.client.apiRequests.ingest([request(5, 500)]);
  expect(await found({ from: '2025-01-06 00:00:00', to: '2025-01-07 00:00:00' })).toEqual([]);
});
