/** Claude Code's own counters as SQL. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { identity } from '../../datasources/otel.js';
import { readText } from '../../datasources/ranked.js';
import { askedWindow } from './define.js';
import { orNever, type Window } from './window.js';

/** The identity of a counter. The keys of a map are sorted, since senders write them in any order. */
const series =
  'cityHash64(ServiceName, MetricName, ScopeName, toString(mapSort(Attributes)), toString(mapSort(ResourceAttributes)), StartTimeUnix)';

const columns = 'TimeUnix, MetricName, Attributes';

/** Keeps each data point once. FINAL would read all months, because the time is not first in the sorting key. */
const once = `LIMIT 1 BY ServiceName, MetricName, toString(Attributes), TimeUnix, ${identity.ofContent(['StartTimeUnix', 'ResourceAttributes', 'ScopeName', 'Value'])}`;

/** SQL of a bound of the sessions that have counters in a window: their requests are in no other weeks. */
const boundOfCounted = (bound: string, window: Window) => `(
        SELECT ${bound}
        FROM session_bounds
        WHERE session_id IN (
          SELECT counted
          FROM (SELECT TimeUnix AS timestamp, Attributes['session.id'] AS counted FROM otel_metrics_sum)
          WHERE ${window.events}
        )
      )`;

/**
 * Claude Code's counters of the window, one row per data point, with the attributes that questions need.
 *
 * A delta is the increase itself. A cumulative value counts from the counter's start: its increase is the difference
 * from the previous value, which may lie before the window but not before that start. A different start time means
 * a different counter; a smaller value means that the counter was reset.
 */
export const claudeMetrics = (window = askedWindow): NodeDefinition =>
  node({
    name: 'claude_metrics',
    description: "What Claude Code's counters added, a row a data point",
    sql: `
SELECT
  timestamp,
  MetricName AS metric,
  Attributes['session.id'] AS session_id,
  replaceRegexpOne(Attributes['model'], '\\\\[[^\\\\]]*\\\\]$', '') AS model,
  Attributes['type'] AS kind,
  added AS value
FROM (
  SELECT ${columns}, TimeUnix AS timestamp, Value AS added
  FROM otel_metrics_sum
  PREWHERE ${window.events}
  WHERE AggregationTemporality != 2
    AND startsWith(MetricName, 'claude_code.')
  ${once}
  UNION ALL
  SELECT ${columns}, TimeUnix AS timestamp, if(Value < before, Value, Value - before) AS added
  FROM (
    SELECT
      ${columns},
      Value,
      lagInFrame(Value, 1, 0) OVER (
        PARTITION BY ${series}
        ORDER BY TimeUnix
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS before
    FROM (
      SELECT *
      FROM otel_metrics_sum
      WHERE AggregationTemporality = 2
        AND startsWith(MetricName, 'claude_code.')
        AND TimeUnix >= ${orNever(`(
        SELECT minOrNull(StartTimeUnix)
        FROM (
          SELECT TimeUnix AS timestamp, StartTimeUnix
          FROM otel_metrics_sum
          WHERE AggregationTemporality = 2
        )
        WHERE ${window.events}
        )`)}
      ${once}
    )
  )
  WHERE ${window.events}
)
WHERE 1 = 1
  {% if defined(project) %}
  AND Attributes['session.id'] IN (
    SELECT ${readText('best_session_id')}
    FROM requests
    WHERE ${readText('best_project')} = {{ String(project) }}
      AND week >= toMonday(${orNever(boundOfCounted('minOrNull(first_at) - toIntervalDay(1)', window))})
      AND week <= toMonday(${boundOfCounted('maxOrNull(last_at) + toIntervalDay(1)', window)})
  )
  {% end %}`,
  });

/**
 * The client's counters per session, for the sessions that sent any; a counter that such a session never raised is 0.
 */
export const sessionCounters = (): NodeDefinition =>
  node({
    name: 'session_counters',
    sql: `
SELECT
  session_id,
  toUInt64(sumIf(value, metric = 'claude_code.lines_of_code.count' AND kind = 'added')) AS counted_lines_added,
  toUInt64(sumIf(value, metric = 'claude_code.lines_of_code.count' AND kind = 'removed')) AS counted_lines_removed,
  toUInt64(sumIf(value, metric = 'claude_code.commit.count')) AS counted_commits,
  1 AS is_counted
FROM claude_metrics
WHERE metric IN (
  'claude_code.session.count',
  'claude_code.active_time.total',
  'claude_code.lines_of_code.count',
  'claude_code.commit.count'
)
GROUP BY session_id`,
  });
