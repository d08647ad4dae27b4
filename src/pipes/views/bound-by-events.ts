/** The materialised view bound_by_events: when the events of each session happened. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { sessionBounds } from '../../datasources/index.js';
import { bitOfSource } from '../../datasources/layers.js';

/** When the events of each session happened. */
export const boundByEvents = defineMaterializedView('bound_by_events', {
  description: 'When the events of each session happened.',
  datasource: sessionBounds,
  nodes: [
    node({
      name: 'bounds',
      sql: `
SELECT
  session_id,
  min(timestamp) AS first_at,
  max(timestamp) AS last_at,
  toUInt8(0) AS request_sources,
  groupBitOr(${bitOfSource}) AS event_sources
FROM telemetry_events
WHERE session_id != ''
GROUP BY session_id`,
    }),
  ],
});
