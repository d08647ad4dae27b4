import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { inWindow } from './define.js';

/** Claude Code's counters of the window, one row a data point, with the attributes that questions need. */
export const claudeMetrics = (window = inWindow): NodeDefinition =>
  node({
    name: 'claude_metrics',
    description: "Data points of Claude Code's counters, which are deltas",
    sql: `
SELECT
  TimeUnix AS timestamp,
  MetricName AS metric,
  Attributes['session.id'] AS session_id,
  replaceRegexpOne(Attributes['model'], '\\\\[[^\\\\]]*\\\\]$', '') AS model,
  Attributes['type'] AS kind,
  Value AS value
FROM (
  SELECT *
  FROM otel_metrics_sum
  FINAL
)
WHERE startsWith(MetricName, 'claude_code.')
  AND ${window}
  {% if defined(project) %}
  AND Attributes['session.id'] IN (
    SELECT session_id.2
    FROM requests
    FINAL
    WHERE project.2 = {{ String(project) }}
  )
  {% end %}`,
  });

/**
 * What the client's counters say of a session's work, a row a session that they were received of: a counter that
 * such a session never raised is 0.
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
