/** The materialised view keep_side_questions: remembers the requests that may replay a message. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { sideQuestions } from '../../datasources/index.js';
import { orderOfSighting, usageIn } from '../../datasources/usage.js';

/** Remembers the requests on a side branch that no subagent made. Those without a request id are compared by their time. */
export const keepSideQuestions = defineMaterializedView('keep_side_questions', {
  description: 'Remembers the requests on a side branch that no subagent made.',
  datasource: sideQuestions,
  nodes: [
    node({
      name: 'side_sightings',
      sql: `
SELECT
  cityHash64(message_id) AS message_hash,
  request_key,
  timestamp,
  ${usageIn('usage_order')}
FROM (SELECT *, ${orderOfSighting} AS usage_order FROM api_requests)
WHERE is_sidechain = 1 AND agent_type = '' AND message_id != '' AND request_id != ''`,
    }),
  ],
});
