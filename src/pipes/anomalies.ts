/** The question anomalies: which days and weeks are far from what is usual? */
import { node, t } from '@tinybirdco/sdk';
import {
  anomalyKinds,
  COST_SCORE,
  FAILURE_SCORE,
  LEAST_CALLS,
  LEAST_DAYS,
  LEAST_FAILURES,
  LEAST_MEDIAN,
  LEAST_MORE_RATE,
  LEAST_MORE_USD,
  LEAST_TIMES,
  LEAST_WEEKS,
  USUAL_DAYS,
  USUAL_WEEKS,
  VELOCITY_SCORE,
  WORK_DAYS,
} from './parts/anomaly-rules.js';
import { partOf } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, inProject, oneOf, windowParams } from './parts/define.js';
import { toolCalls } from './parts/tool-calls.js';
import { windowEnd, windowFrom, windowStart } from './parts/window.js';

/** The window with the time before it that tells what is usual; for weeks, from a Monday on. */
const firstDay = `toStartOfDay(${windowStart}, 'UTC') - toIntervalDay(${USUAL_DAYS})`;
const firstWeek = `toDateTime64(toMonday(${windowStart}), 3, 'UTC') - toIntervalWeek(${USUAL_WEEKS})`;
const withDays = windowFrom(firstDay);
const withWeeks = windowFrom(firstWeek);

const median = (values: string) => `arrayReduce('quantileExactInclusive(0.5)', ${values})`;

/** SQL of the median absolute deviation, as the standard deviation of a normal distribution. */
const deviation = (values: string, middle: string) =>
  `1.4826 * ${median(`arrayMap(value -> abs(value - ${middle}), ${values})`)}`;

/**
 * The values of the rows before each one, within a span of time; `series` is one row with arrays of all.
 *
 * @param value what is compared, over a row `one` of (at, …)
 */
const before = (value: string, at: string, seconds: number) =>
  `arrayMap(one -> ${value}, arrayFilter(one -> one.1 < ${at} AND one.1 >= ${at} - ${seconds}, series))`;

const DAY = 86_400;

/**
 * Which days and weeks are far from what is usual? What is usual is the median of the own past, and how far is measured in
 * median absolute deviations (times 1.4826), so that earlier anomalies hardly change it. Days and weeks are UTC.
 *
 * | kind          | of     | compared                              | stands out                                               |
 * | ------------- | ------ | ------------------------------------- | -------------------------------------------------------- |
 * | cost_spike    | a day  | logarithm of the cost                 | 3.5 deviations, twice the median and 1 USD above it      |
 * | failure_spike | a day  | failed share of 20 tool calls or more | 3.5 deviations, 10 points above the median, 5 failures   |
 * | velocity_drop | a week | commits and completed tasks           | 3 deviations below, half of the median, 3 days of work   |
 *
 * A day is compared with the days of the 28 before that had requests (calls), if there are 10; a week that has ended
 * with the weeks of the 8 before that had 3 days of work, if there are 5. A deviation is at least 0.25 (a cost), what
 * chance alone gives for that many calls (a rate) or the root of the median (a count).
 */
export const anomalies = defineQuestion('anomalies', {
  description:
    'Which days and weeks (UTC) are far from what is usual, newest first? cost_spike: list price of a day in USD; failure_spike: failed share of the tool calls of a day; velocity_drop: commits and completed tasks of a week that has ended. usual: the median of the own past (28 days, 8 weeks); score: how many median absolute deviations away; limit: the value from which it would stand out; subject: the project with most of the cost, or the tool with most failures. No row before there are 10 days (5 weeks) to compare with.',
  params: windowParams,
  nodes: [
    billedRequests(withWeeks),
    toolCalls(withDays),
    node({
      name: 'cost_days',
      sql: `
SELECT
  toUnixTimestamp(toStartOfDay(timestamp, 'UTC')) AS at,
  sumOrNull(cost) AS cost_of_day,
  argMax(part, cost) AS most
FROM (
  SELECT toStartOfDay(timestamp, 'UTC') AS timestamp, ${partOf.project} AS part, sumOrNull(cost_usd) AS cost
  FROM billed_requests
  GROUP BY timestamp, part
)
GROUP BY at
HAVING cost_of_day > 0`,
    }),
    node({
      name: 'cost_spikes',
      sql: `
SELECT
  at,
  cost AS value,
  exp(middle) AS usual,
  (log(cost) - middle) / spread AS score,
  greatest(exp(middle + ${COST_SCORE} * spread), ${LEAST_TIMES} * usual, usual + ${LEAST_MORE_USD}) AS bound,
  most AS subject,
  length(past) AS compared_periods
FROM (
  SELECT
    day.1 AS at,
    day.2 AS cost,
    day.3 AS most,
    ${before('log(one.2)', 'day.1', USUAL_DAYS * DAY)} AS past,
    ${median('past')} AS middle,
    greatest(0.25, ${deviation('past', 'middle')}) AS spread
  FROM (SELECT groupArray((at, cost_of_day, most)) AS series FROM cost_days)
  ARRAY JOIN series AS day
)
WHERE compared_periods >= ${LEAST_DAYS}
  AND value >= bound`,
    }),
    node({
      name: 'call_days',
      sql: `
SELECT
  at,
  sum(calls_of_tool) AS calls,
  sum(failures_of_tool) AS failures,
  argMax(tool_name, failures_of_tool) AS most
FROM (
  SELECT
    toUnixTimestamp(toStartOfDay(called_at, 'UTC')) AS at,
    tool_name,
    count() AS calls_of_tool,
    countIf(status = 'failure') AS failures_of_tool
  FROM tool_calls
  GROUP BY at, tool_name
)
GROUP BY at
HAVING calls >= ${LEAST_CALLS}`,
    }),
    node({
      name: 'failure_spikes',
      sql: `
SELECT
  at,
  rate AS value,
  middle AS usual,
  (rate - middle) / spread AS score,
  greatest(middle + ${FAILURE_SCORE} * spread, middle + ${LEAST_MORE_RATE}) AS bound,
  most AS subject,
  length(past) AS compared_periods
FROM (
  SELECT
    day.1 AS at,
    day.2 AS rate,
    day.3 AS most,
    day.4 AS failures,
    ${before('one.2', 'day.1', USUAL_DAYS * DAY)} AS past,
    ${median('past')} AS middle,
    greatest(sqrt(greatest(middle, 0.02) * (1 - middle) / day.5), ${deviation('past', 'middle')}) AS spread
  FROM (SELECT groupArray((at, failures / calls, most, failures, calls)) AS series FROM call_days)
  ARRAY JOIN series AS day
)
WHERE compared_periods >= ${LEAST_DAYS}
  AND failures >= ${LEAST_FAILURES}
  AND value >= bound`,
    }),
    node({
      name: 'work_weeks',
      description: 'The weeks with enough days of work, with what was made in them',
      sql: `
SELECT at, sum(days_of_work) AS work_days, toFloat64(sum(things)) AS made
FROM (
  SELECT
    toUnixTimestamp(toDateTime(toMonday(timestamp), 'UTC')) AS at,
    uniqExact(toDate(timestamp, 'UTC')) AS days_of_work,
    0 AS things
  FROM billed_requests
  GROUP BY at
  UNION ALL
  SELECT
    toUnixTimestamp(toDateTime(toMonday(timestamp), 'UTC')) AS at,
    0,
    uniqExactIf((session_id, commit_hash), event = 'commit' AND JSONExtractString(payload, 'kind') != 'amended')
      + uniqExactIf((project, task_id), event = 'issue_complete')
  FROM telemetry_events
  FINAL
  WHERE ${withWeeks.events}
    AND event IN ('commit', 'issue_complete')
    AND (event = 'commit' OR (status = 'success' AND task_id != ''))
    ${inProject}
  GROUP BY at
)
GROUP BY at
HAVING work_days >= ${WORK_DAYS}`,
    }),
    node({
      name: 'velocity_drops',
      sql: `
SELECT
  at,
  made AS value,
  middle AS usual,
  (made - middle) / spread AS score,
  least(middle - ${VELOCITY_SCORE} * spread, middle / 2) AS bound,
  '' AS subject,
  length(past) AS compared_periods
FROM (
  SELECT
    week.1 AS at,
    week.2 AS made,
    ${before('one.2', 'week.1', USUAL_WEEKS * 7 * DAY)} AS past,
    ${median('past')} AS middle,
    greatest(sqrt(middle), ${deviation('past', 'middle')}) AS spread
  FROM (SELECT groupArray((at, made)) AS series FROM work_weeks)
  ARRAY JOIN series AS week
)
WHERE compared_periods >= ${LEAST_WEEKS}
  AND middle >= ${LEAST_MEDIAN}
  AND toDateTime64(at, 3, 'UTC') + toIntervalWeek(1) <= ${windowEnd}
  AND value <= bound`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  kind,
  if(kind = 'velocity_drop', 'week', 'day') AS period,
  toDateTime64(at, 3, 'UTC') AS starts_at,
  value,
  usual,
  bound AS limit_value,
  score,
  compared_periods,
  subject
FROM (
  SELECT 'cost_spike' AS kind, * FROM cost_spikes
  UNION ALL
  SELECT 'failure_spike' AS kind, * FROM failure_spikes
  UNION ALL
  SELECT 'velocity_drop' AS kind, * FROM velocity_drops
)
WHERE starts_at + if(kind = 'velocity_drop', toIntervalDay(7), toIntervalDay(1)) > ${windowStart}
ORDER BY starts_at DESC, kind`,
    }),
  ],
  output: {
    kind: oneOf(...anomalyKinds),
    period: oneOf('day', 'week'),
    starts_at: t.dateTime64(3, 'UTC'),
    value: t.float64(),
    usual: t.float64(),
    limit_value: t.float64(),
    score: t.float64(),
    compared_periods: t.uint64(),
    subject: t.string(),
  },
});
