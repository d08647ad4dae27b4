/** The materialised view keep_main_messages: remembers which messages are on the main branch. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { mainMessages } from '../../datasources/index.js';

/** Remembers which messages are on the main branch, so that a replay is found without reading history. */
export const keepMainMessages = defineMaterializedView('keep_main_messages', {
  description: 'Remembers which messages are on the main branch of any session.',
  datasource: mainMessages,
  nodes: [
    node({
      name: 'messages',
      sql: `
SELECT DISTINCT cityHash64(message_id) AS message_hash
FROM api_requests
WHERE is_sidechain = 0 AND message_id != ''`,
    }),
  ],
});
