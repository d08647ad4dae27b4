/** The materialised view bound_by_requests: when the requests of each session happened. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { sessionBounds } from '../../datasources/index.js';
import { bitOfSource } from '../../datasources/layers.js';

/** When the requests of each session happened. */
export const boundByRequests = defineMaterializedView('bound_by_requests', {
  description: 'When the requests of each session happened.',
  datasource: sessionBounds,
  nodes: [
    node({
      name: 'bounds',
      sql: `
SELECT
  session_id,
  min(timestamp) AS first_at,
  max(timestamp) AS last_at,
  groupBitOr(${bitOfSource}) AS request_sources,
  toUInt8(0) AS event_sources
FROM api_requests
WHERE session_id != '' AND is_copy = 0
GROUP BY session_id`,
    }),
  ],
});
