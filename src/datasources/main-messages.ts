/** The table main_messages: the messages on the main branch of any session. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** The messages on the main branch. A side question that replays one of them is not counted. */
export const mainMessages = defineTable('main_messages', {
  description:
    'The messages on the main branch of any session: a side question that replays one is not billed.',
  materialized: true,
  schema: {
    message_hash: describe(t.uint64(), 'cityHash64 of the message id.'),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['message_hash'],
    // A few messages are looked up at a time, and each is in a granule of its own: small ones leave out more of the others.
    settings: { index_granularity: 256 },
  }),
});
