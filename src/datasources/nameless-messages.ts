/** The table nameless_messages: where requests without a request id are. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** The weeks, messages and sessions of requests without a request id. Only these are compared with others. */
export const namelessMessages = defineTable('nameless_messages', {
  description:
    'Weeks, messages and sessions of requests without a request id, which some providers do not give.',
  materialized: true,
  schema: {
    week: describe(t.date(), 'Week of the request, as in `requests`.'),
    message_hash: describe(
      t.uint64(),
      'cityHash64 of the message id; of the key of the request where it has none.',
    ),
    session_id: describe(t.string(), 'Session that reported the request.'),
  },
  engine: engine.replacingMergeTree({ sortingKey: ['week', 'message_hash', 'session_id'] }),
});
