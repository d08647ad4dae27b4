/** The materialised view keep_nameless_messages: remembers where requests without a request id are. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { namelessMessages } from '../../datasources/index.js';
import { weeksOfSighting } from '../../datasources/requests.js';

/** Remembers the weeks, messages and sessions of requests without a request id, so that no requests are read to find none. */
export const keepNamelessMessages = defineMaterializedView('keep_nameless_messages', {
  description: 'Remembers the weeks, messages and sessions of requests without a request id.',
  datasource: namelessMessages,
  nodes: [
    node({
      name: 'nameless_sightings',
      sql: `
SELECT
  arrayJoin(${weeksOfSighting}) AS week,
  cityHash64(if(message_id = '', request_key, message_id)) AS message_hash,
  session_id
FROM api_requests
WHERE request_id = ''`,
    }),
  ],
});
