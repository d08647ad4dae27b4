/** The materialised view keep_copied_requests: remembers which requests a session copied from another one. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { copiedRequests } from '../../datasources/index.js';

/** Remembers which requests a fork or a resume copied, so that they are found without reading history. */
export const keepCopiedRequests = defineMaterializedView('keep_copied_requests', {
  description: 'Remembers which requests a fork or a resume copied from another session.',
  datasource: copiedRequests,
  nodes: [
    node({
      name: 'copied_lines',
      sql: `
SELECT session_id, request_key, timestamp
FROM api_requests
WHERE is_copy = 1`,
    }),
  ],
});
