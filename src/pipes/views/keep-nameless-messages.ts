/** The materialised view keep_nameless_messages: remembers where requests are that a request id does not identify. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { namelessMessages } from '../../datasources/index.js';
import { weeksOfSighting } from '../../datasources/requests.js';

/**
 * Remembers the requests that have no request id or one that others may have, too, so that no requests are read to find
 * none. The latter have both ids in their key (signals/transcript/reused-ids.ts). Two rows say what gives way to such a
 * request: one with the hash of its key, for what stands under the request id alone and has its message id; and one with
 * that of the request id and its session, for what has no message id.
 */
export const keepNamelessMessages = defineMaterializedView('keep_nameless_messages', {
  description: 'Remembers the requests that a request id does not identify.',
  datasource: namelessMessages,
  nodes: [
    node({
      name: 'nameless_sightings',
      sql: `
SELECT
  week,
  what.1 AS message_hash,
  what.2 AS session_id
FROM (
  SELECT
    arrayJoin(${weeksOfSighting}) AS week,
    arrayJoin(
      if(
        request_id = '',
        [(cityHash64(if(message_id = '', request_key, message_id)), session_id)],
        [(cityHash64(request_key), ''), (cityHash64(concat(request_id, '|')), session_id)]
      )
    ) AS what
  FROM api_requests
  WHERE request_id = '' OR startsWith(request_key, concat(request_id, '|'))
)`,
    }),
  ],
});
