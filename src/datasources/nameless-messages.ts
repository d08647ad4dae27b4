/** The table nameless_messages: where requests are that a request id does not identify. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** The requests without a request id, and those whose request id others have, too. Only these are compared with others. */
export const namelessMessages = defineTable('nameless_messages', {
  description:
    'Where requests are that a request id does not identify: they have none, or others may have the same.',
  materialized: true,
  schema: {
    week: describe(t.date(), 'Week of the request, as in `requests`.'),
    message_hash: describe(
      t.uint64(),
      'cityHash64 of the message id, or of the key of the request where it has none. With a request id that others may have: of the key (request id, `|` and message id), and of the request id and `|`.',
    ),
    session_id: describe(
      t.string(),
      'Session that reported the request; empty beside the hash of such a key.',
    ),
  },
  engine: engine.replacingMergeTree({ sortingKey: ['week', 'message_hash', 'session_id'] }),
});
