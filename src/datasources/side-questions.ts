/** The table side_questions: requests on a side branch that no subagent made. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';
import { usageColumns } from './usage.js';

/** Requests on a side branch that no subagent made. Such a request may replay a message of the main branch. */
export const sideQuestions = defineTable('side_questions', {
  description:
    'Requests on a side branch that no subagent made: such a request may replay a message under a new request id.',
  materialized: true,
  schema: {
    message_hash: describe(t.uint64(), 'cityHash64 of the message id.'),
    request_key: describe(t.string(), 'Key of the request, as in `requests`.'),
    timestamp: describe(t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')), 'Earliest sighting, UTC.'),
    ...usageColumns,
  },
  engine: engine.aggregatingMergeTree({ sortingKey: ['message_hash', 'request_key'] }),
});
