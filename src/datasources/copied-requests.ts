/** The table copied_requests: the requests that a fork or a resume copied. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** The requests that a session copied from another one. The copies say how far the other session had come. */
export const copiedRequests = defineTable('copied_requests', {
  description: 'Requests of another session that a fork or a resume copied.',
  materialized: true,
  schema: {
    session_id: describe(t.string(), 'Session that has the copy.'),
    request_key: describe(t.string(), 'Key of the request, as in `requests`.'),
    timestamp: describe(
      t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')),
      'Time of the copied line, UTC.',
    ),
  },
  engine: engine.aggregatingMergeTree({ sortingKey: ['session_id', 'request_key'] }),
});
