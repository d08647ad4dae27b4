/** The question session_layers: which layers saw each session? */
import { node, p, t } from '@tinybirdco/sdk';
import { isSeenBy, layers, type Layer } from '../datasources/layers.js';
import { defineQuestion, inProject, inWindow, windowParams } from './parts/define.js';
import { windowEnd, windowStart } from './parts/window.js';

const columnOf = <L extends Layer>(layer: L) => `seen_by_${layer}` as const;

/** Which layers saw each session, its requests or its events? A session that no hook saw was recorded without hooks. */
export const sessionLayers = defineQuestion('session_layers', {
  description:
    'Which layers saw the sessions of the window, their requests or their events? Newest first, at most `limit`. A layer that is switched on and saw nothing is broken.',
  params: {
    ...windowParams,
    limit: p.int32().optional(20).describe('How many sessions at most.'),
  },
  nodes: [
    node({
      name: 'seen',
      sql: `
SELECT
  session_id,
  max(last_at) AS last_activity,
  ${layers.map((layer) => `toUInt8(${isSeenBy(layer, 'bitOr(groupBitOr(request_sources), groupBitOr(event_sources))')}) AS ${columnOf(layer)}`).join(',\n  ')}
FROM session_bounds
WHERE 1 = 1
  {% if defined(project) %}
  AND session_id IN (
    SELECT session_id FROM api_requests WHERE ${inWindow} ${inProject}
    UNION ALL
    SELECT session_id FROM telemetry_events WHERE ${inWindow} ${inProject}
  )
  {% end %}
GROUP BY session_id
HAVING min(first_at) < ${windowEnd}
  AND max(last_at) >= ${windowStart}
ORDER BY last_activity DESC, session_id
LIMIT {{ Int32(limit, 20) }}`,
    }),
  ],
  output: {
    session_id: t.string(),
    last_activity: t.dateTime64(3, 'UTC'),
    seen_by_hook: t.uint8(),
    seen_by_transcript: t.uint8(),
    seen_by_otel: t.uint8(),
    seen_by_git: t.uint8(),
    seen_by_cli: t.uint8(),
  },
});
