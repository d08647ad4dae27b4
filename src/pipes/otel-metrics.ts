import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { inWindow } from './define.js';

/** Claude Code's counters of the window, one row a data point, with the attributes that questions need. */
export const claudeMetrics = (): NodeDefinition =>
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
  AND ${inWindow}
  {% if defined(project) %}
  AND Attributes['session.id'] IN (
    SELECT session_id.2
    FROM requests
    FINAL
    WHERE project.2 = {{ String(project) }}
  )
  {% end %}`,
  });
