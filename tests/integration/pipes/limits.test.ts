import { expect, it } from 'vitest';
import { makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const reading = (
  limit: string,
  at: string,
  used: number,
  resets_at: string | null,
  money = { used_usd: null as number | null, limit_usd: null as number | null },
) =>
  makeTelemetryEventRow({
    event: 'limit_reading',
    event_id: `${limit} ${at}`,
    session_id: '',
    project: '',
    timestamp: `2026-03-${at}.000`,
    payload: JSON.stringify({ limit, used, resets_at, ...money }),
  });

const fiveHours = (at: string, used: number, reset: string) =>
  reading('five_hour', at, used, `2026-03-${reset}.000Z`);

const fill = () =>
  store.client.telemetryEvents.ingest([
    // At half of the period 0.3 was used, so the forecast was 0.6, and it became 0.9: 0.3 off.
    fiveHours('02 06:00:00', 0.2, '02T10:00:00'),
    fiveHours('02 07:00:00', 0.3, '02T10:00:00'),
    fiveHours('02 09:00:00', 0.9, '02T10:00:03'),
    // Forecast 1, became 1: right.
    fiveHours('02 12:00:00', 0.5, '02T16:00:00'),
    fiveHours('02 14:00:00', 1, '02T16:00:00'),
    // Forecast 0.2, became 0.3: 0.1 off.
    fiveHours('02 18:00:00', 0.1, '02T22:00:00'),
    fiveHours('02 21:00:00', 0.3, '02T22:00:00'),
    // The current period, from 5:00 on.
    fiveHours('03 06:00:00', 0.4, '03T10:00:00'),
    fiveHours('03 07:00:00', 0.6, '03T10:00:00'),
    reading('seven_day', '03 06:00:00', 0.5, '2026-03-05T00:00:00.000Z'),
    reading('spend_limit', '03 06:30:00', 0.24, null, { used_usd: 12, limit_usd: 50 }),
  ]);

it('each limit has its pace, its forecast, and how far earlier forecasts were off', async () => {
  await fill();
  const rows = await store.client.limitWindows.query({ days: 7, to: '2026-03-03 07:30:00' });
  expect(rows.map(({ limit, resets_at }) => [limit, resets_at])).toEqual([
    ['five_hour', '2026-03-03 10:00:00.000'],
    ['spend_limit', null],
    ['seven_day', '2026-03-05 00:00:00.000'],
    ['five_hour', '2026-03-02 22:00:00.000'],
    ['five_hour', '2026-03-02 16:00:00.000'],
    ['five_hour', '2026-03-02 10:00:00.000'],
  ]);
  const [fiveHour, spend, sevenDay, , reached, first] = rows;
  expect(fiveHour).toMatchObject({
    is_current: 1,
    length_ms: 18_000_000,
    started_at: '2026-03-03 05:00:00.000',
    first_seen_at: '2026-03-03 06:00:00.000',
    last_seen_at: '2026-03-03 07:00:00.000',
    used: 0.6,
    reached_at: null,
    // 0.6 at 04:10 after 05:00 is 1: 2.5 hours have 0.6, so 1 needs 4 hours and 10 minutes.
    runs_out_at: '2026-03-03 09:10:00.000',
    forecast_periods: 3,
  });
  expect(fiveHour?.pace_per_hour).toBeCloseTo(0.24, 12);
  expect(fiveHour?.forecast_used).toBeCloseTo(1.2, 12);
  expect(fiveHour?.forecast_error).toBeCloseTo(0.1, 12);
  expect(sevenDay).toMatchObject({
    is_current: 1,
    used: 0.5,
    runs_out_at: null,
    forecast_error: null,
    forecast_periods: 0,
  });
  // From 26 February on, 127.5 of 168 hours have passed.
  expect(sevenDay?.forecast_used).toBeCloseTo((0.5 / 127.5) * 168, 12);
  expect(spend).toMatchObject({
    is_current: 1,
    length_ms: null,
    started_at: null,
    used: 0.24,
    used_usd: 12,
    limit_usd: 50,
    pace_per_hour: null,
    forecast_used: null,
    runs_out_at: null,
  });
  expect(reached).toMatchObject({ is_current: 0, used: 1, reached_at: '2026-03-02 14:00:00.000' });
  expect(first).toMatchObject({ is_current: 0, used: 0.9, reached_at: null, forecast_used: null });
});

it('a period has no forecast before a tenth of it has passed, and readings after the window are not known', async () => {
  await fill();
  await store.client.telemetryEvents.ingest([fiveHours('03 05:10:00', 0.2, '03T10:00:00')]);
  const [now] = await store.client.limitWindows.query({ days: 1, to: '2026-03-03 05:20:00' });
  expect(now).toMatchObject({
    limit: 'five_hour',
    used: 0.2,
    pace_per_hour: null,
    forecast_used: null,
    runs_out_at: null,
  });
});

it('there is no row without a reading', async () => {
  expect(await store.client.limitWindows.query({ days: 7 })).toEqual([]);
});
