import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequestRow } from '../../../src/catalogue.js';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const DAY_MS = 86_400_000;
const storeTime = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** Around these moments a day, a week or a month ends: Sunday 1 March 2026, Monday 2 March, Monday 1 June. */
const ends = ['2026-03-01', '2026-03-02', '2026-03-05', '2026-06-01'].map((day) => Date.parse(day));

interface Sighting {
  source: 'transcript' | 'otel';
  /** After the request's first sighting, milliseconds: at most a day. */
  later: number;
  output: number;
  isFinal: boolean;
}

const sighting = fc.record<Sighting>({
  source: fc.constantFrom('transcript', 'otel'),
  later: fc.oneof(fc.integer({ min: 0, max: DAY_MS }), fc.constantFrom(0, 1, DAY_MS)),
  output: fc.integer({ min: 1, max: 1_000 }),
  isFinal: fc.boolean(),
});

const request = fc.record({
  end: fc.constantFrom(...ends),
  // From a day before that moment to a day after it.
  first: fc.oneof(fc.integer({ min: -DAY_MS, max: DAY_MS }), fc.constantFrom(-DAY_MS, -1, 0, 1, DAY_MS)),
  sightings: fc.array(sighting, { minLength: 1, maxLength: 4 }),
});

/** The output that counts: of a final line of a transcript, else of OpenTelemetry; of these the greatest. */
function bestOutput(sightings: readonly Sighting[]): number {
  const rank = ({ source, isFinal }: Sighting) =>
    source === 'transcript' && isFinal ? 3 : source === 'otel' ? 2 : 1;
  const best = Math.max(...sightings.map(rank));
  return Math.max(...sightings.filter((one) => rank(one) === best).map(({ output }) => output));
}

describe('sightings of one request that are up to a day apart', () => {
  it('the request counts once, at its first sighting, with its best usage, however the time is cut into windows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 20, maxLength: 40 }),
        fc.array(fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }), { minLength: 3, maxLength: 3 }),
        async (requests, cuts) => {
          await store.clear();
          const rows: ApiRequestRow[] = [];
          const expected = requests.map(({ end, first, sightings }, at) => {
            const began = end + first - Math.min(...sightings.map(({ later }) => later));
            for (const [place, { source, later, output, isFinal }] of sightings.entries())
              rows.push(
                makeApiRequestRow({
                  event_id: `${at} ${place}`,
                  request_key: `r${at}`,
                  request_id: `r${at}`,
                  message_id: source === 'otel' ? '' : `m${at}`,
                  timestamp: storeTime(began + later),
                  source,
                  output_tokens: output,
                  is_final: isFinal ? 1 : 0,
                  cost_usd: output / 1_000_000,
                }),
              );
            return { at: end + first, output: bestOutput(sightings) };
          });
          // Two batches, so that sightings of one request meet only in the store.
          const half = Math.ceil(rows.length / 2);
          for (const batch of [rows.slice(half), rows.slice(0, half)])
            if (batch.length > 0) await store.client.apiRequests.ingest(batch);

          const moments = ends.flatMap((end) => cuts.map((cut) => end + cut));
          const edges = [
            ...new Set([Date.parse('2026-02-01'), ...ends, ...moments, Date.parse('2026-07-01')]),
          ];
          edges.sort((a, b) => a - b);
          for (const [place, from] of edges.slice(0, -1).entries()) {
            const to = edges[place + 1]!;
            const within = expected.filter(({ at }) => at >= from && at < to);
            const output = within.reduce((sum, one) => sum + one.output, 0);
            const [total] = await store.client.costTotal.query({
              from: storeTime(from),
              to: storeTime(to),
            });
            expect(total).toMatchObject({ request_count: within.length, total_output: output });
            expect(total!.total_cost_usd ?? 0).toBeCloseTo(output / 1_000_000, 9);
          }
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 4) },
    );
  });
});

describe('a replay far from the original', () => {
  const replay = { message_id: 'msg_same', cost_usd: 0.01 };
  const countIn = async (month: string) => {
    const [total] = await store.client.costTotal.query({
      from: `2026-${month}-01 00:00:00`,
      to: `2026-${month}-28 00:00:00`,
    });
    return total?.request_count;
  };

  it('a side question that replays a message of a session months ago is not counted in its own window', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        ...replay,
        request_key: 'r1',
        request_id: 'r1',
        timestamp: '2026-01-10 12:00:00.000',
      }),
      makeApiRequestRow({
        ...replay,
        request_key: 'r2',
        request_id: 'r2',
        is_sidechain: 1,
        session_id: 'session-2',
        timestamp: '2026-05-10 12:00:00.000',
      }),
    ]);
    expect([await countIn('01'), await countIn('05')]).toEqual([1, 0]);
  });

  it('of two side questions months apart that replay a message which is not stored, the first counts', async () => {
    const side = { ...replay, is_sidechain: 1 };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        ...side,
        request_key: 'r2',
        request_id: 'r2',
        timestamp: '2026-05-10 12:00:00.000',
      }),
      makeApiRequestRow({
        ...side,
        request_key: 'r1',
        request_id: 'r1',
        timestamp: '2026-01-10 12:00:00.000',
      }),
    ]);
    expect([await countIn('01'), await countIn('05')]).toEqual([1, 0]);
  });

  it('a session of long ago is shown whole, and an unknown session has no rows', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ request_key: 'a', request_id: 'a', timestamp: '2026-01-31 23:59:59.000' }),
      makeApiRequestRow({ request_key: 'b', request_id: 'b', timestamp: '2026-02-02 00:00:01.000' }),
    ]);
    const whole = await store.client.sessionOverview.query({ session_id: 'session-1' });
    expect(whole.map(({ request_count: count }) => count)).toEqual([2]);
    expect(await store.client.sessionOverview.query({ session_id: 'session-9' })).toEqual([]);
  });

  it('an event that two layers saw on either side of a week is one line of the timeline', async () => {
    const compaction = { event_id: 'c1', event: 'compaction', session_id: 'session-1' };
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ ...compaction, timestamp: '2026-03-01 23:59:59.900', version: 1 }),
      makeTelemetryEventRow({
        ...compaction,
        timestamp: '2026-03-02 00:00:00.100',
        version: 2,
        source: 'hook',
      }),
    ]);
    const timeline = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    expect(timeline.filter(({ kind }) => kind === 'event')).toHaveLength(1);
  });
});
