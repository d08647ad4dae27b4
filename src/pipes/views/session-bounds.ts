/** Defines the materialised views that fill `session_bounds`, one per table with rows of sessions. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { sessionBounds } from '../../datasources/index.js';
import { bitOfSource } from '../../datasources/layers.js';

/**
 * Keeps when the rows of a table happened, by session, and which layers saw them.
 *
 * @param what what the rows are
 * @param filled the column of the layers that saw them
 */
export function boundSessions(
  name: string,
  what: string,
  table: 'api_requests' | 'telemetry_events',
  condition: string,
  filled: 'request_sources' | 'event_sources',
) {
  const sources = (column: typeof filled) =>
    `${column === filled ? `groupBitOr(${bitOfSource})` : 'toUInt8(0)'} AS ${column}`;
  return defineMaterializedView(name, {
    description: `When the ${what} of each session happened.`,
    datasource: sessionBounds,
    nodes: [
      node({
        name: 'bounds',
        sql: `
SELECT
  session_id,
  min(timestamp) AS first_at,
  max(timestamp) AS last_at,
  ${sources('request_sources')},
  ${sources('event_sources')}
FROM ${table}
WHERE ${condition}
GROUP BY session_id`,
      }),
    ],
  });
}
