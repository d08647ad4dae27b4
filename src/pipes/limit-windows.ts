/** The question limit_windows: how far is each limit of the plan used, and when does it run out? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { windowEnd, windowStart } from './parts/window.js';

/** How far before the window readings are taken for the error of the forecasts, days. */
const PAST_DAYS = 60;

/** Part of a period that must have passed before its pace says anything. */
const EARLIEST = 0.1;

const HOUR_MS = 3_600_000;

const fact = (name: string, type: string) => `JSONExtract(payload, '${name}', '${type}')`;
const time = (name: string) =>
  `parseDateTime64BestEffortOrNull(nullIf(JSONExtractString(payload, '${name}'), ''), 3, 'UTC')`;

/** SQL of the length of a limit's period, milliseconds; null if the name does not tell. */
const lengthOf = (limit: string) =>
  `multiIf(startsWith(${limit}, 'five_hour'), ${5 * HOUR_MS}, startsWith(${limit}, 'seven_day'), ${7 * 24 * HOUR_MS}, NULL)`;

/** SQL of the milliseconds from one moment to another. */
const between = (from: string, to: string) => `dateDiff('millisecond', ${from}, ${to})`;

/** SQL of a moment so many milliseconds after another one; null if one of them is. */
const after = (from: string, ms: string) =>
  `fromUnixTimestamp64Milli(toInt64(toUnixTimestamp64Milli(${from}) + ${ms}), 'UTC')`;

/**
 * How far is each limit of the plan used, and when does it run out? One row per limit and period. The readings are the
 * client's own, as its status line gets them, so use on other machines is in them as soon as this one asks the API.
 *
 * The pace is the use so far divided by the time since the period began. The forecast goes on at that pace until the
 * period ends. How far such forecasts were off is measured on the earlier periods of the same limit: half of a period
 * had passed, the forecast was twice the use until then, and the error is its distance from the last use seen, both at
 * most 1.
 */
export const limitWindows = defineQuestion('limit_windows', {
  description:
    'How far is each limit of the plan used, and when does it run out? One row per limit and period (five hours, seven days, spend) with a reading in the window, current ones first, then the newest. Readings of the client, from its status line.',
  params: { days: windowParams.days, date_from: windowParams.date_from, date_to: windowParams.date_to },
  nodes: [
    node({
      name: 'readings',
      description: 'Each reading; times of reset that differ by seconds are one',
      sql: `
SELECT
  timestamp,
  JSONExtractString(payload, 'limit') AS limit_name,
  ${fact('used', 'Float64')} AS used_share,
  ${fact('used_usd', 'Nullable(Float64)')} AS usd,
  ${fact('limit_usd', 'Nullable(Float64)')} AS most_usd,
  toDateTime64(toStartOfMinute(${time('resets_at')} + toIntervalSecond(30)), 3, 'UTC') AS reset
FROM telemetry_events
FINAL
WHERE event = 'limit_reading'
  AND timestamp >= ${windowStart} - toIntervalDay(${PAST_DAYS})
  AND timestamp < ${windowEnd}`,
    }),
    node({
      name: 'periods',
      description: 'One row per limit and period',
      sql: `
SELECT
  limit_name,
  reset,
  ${lengthOf('limit_name')} AS length,
  ${after('reset', '-length')} AS began,
  min(timestamp) AS first_seen,
  max(timestamp) AS last_seen,
  max(used_share) AS most_used,
  maxIf(used_share, timestamp < ${after('began', 'intDiv(length, 2)')}) AS half_used,
  countIf(timestamp < ${after('began', 'intDiv(length, 2)')}) AS half_readings,
  minIfOrNull(timestamp, used_share >= 1) AS reached,
  argMax(usd, timestamp) AS last_usd,
  argMax(most_usd, timestamp) AS last_most_usd,
  ifNull(reset > ${windowEnd}, last_seen = max(last_seen) OVER (PARTITION BY limit_name)) AS is_now
FROM readings
GROUP BY limit_name, reset`,
    }),
    node({
      name: 'errors',
      description: 'How far the forecasts at half of the earlier periods were off',
      sql: `
SELECT
  limit_name,
  medianExact(abs(least(2 * half_used, 1) - least(most_used, 1))) AS median_error,
  count() AS measured
FROM periods
WHERE NOT is_now
  AND half_readings > 0
GROUP BY limit_name`,
    }),
    node({
      name: 'rows_of_periods',
      sql: `
SELECT
  limit_name AS limit,
  toUInt8(is_now) AS is_current,
  toNullable(toUInt64(length)) AS length_ms,
  began AS started_at,
  reset AS resets_at,
  first_seen AS first_seen_at,
  last_seen AS last_seen_at,
  most_used AS used,
  last_usd AS used_usd,
  last_most_usd AS limit_usd,
  reached AS reached_at,
  if(passed >= ${EARLIEST} * length, most_used / passed * ${HOUR_MS}, NULL) AS pace_per_hour,
  if(is_now, pace_per_hour * length / ${HOUR_MS}, NULL) AS forecast_used,
  if(
    forecast_used > 1 AND most_used < 1,
    ${after('began', 'passed / most_used')},
    NULL
  ) AS runs_out_at,
  if(measured > 0, median_error, NULL) AS forecast_error,
  ifNull(measured, 0) AS forecast_periods
FROM (SELECT *, ${between('began', `least(reset, ${windowEnd})`)} AS passed FROM periods)
LEFT JOIN errors USING (limit_name)
WHERE last_seen >= ${windowStart}
ORDER BY is_current DESC, last_seen DESC, limit`,
    }),
  ],
  output: {
    limit: t.string(),
    is_current: t.uint8(),
    length_ms: t.uint64().nullable(),
    started_at: t.dateTime64(3, 'UTC').nullable(),
    resets_at: t.dateTime64(3, 'UTC').nullable(),
    first_seen_at: t.dateTime64(3, 'UTC'),
    last_seen_at: t.dateTime64(3, 'UTC'),
    used: t.float64(),
    used_usd: t.float64().nullable(),
    limit_usd: t.float64().nullable(),
    reached_at: t.dateTime64(3, 'UTC').nullable(),
    pace_per_hour: t.float64().nullable(),
    forecast_used: t.float64().nullable(),
    runs_out_at: t.dateTime64(3, 'UTC').nullable(),
    forecast_error: t.float64().nullable(),
    forecast_periods: t.uint64(),
  },
});
