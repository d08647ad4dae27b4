/** The table session_bounds: when each session happened, and which layers saw it. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';
import { layersColumn } from './layers.js';

/** When each session happened. A question about a session reads only the weeks between. */
export const sessionBounds = defineTable('session_bounds', {
  description:
    'First and last row of each session in the other tables, and the layers that saw its requests.',
  materialized: true,
  schema: {
    session_id: describe(t.string(), "Claude Code's session id."),
    first_at: describe(t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')), 'Its first row, UTC.'),
    last_at: describe(t.simpleAggregateFunction('max', t.dateTime64(3, 'UTC')), 'Its last row, UTC.'),
    request_sources: layersColumn('saw its requests'),
    event_sources: layersColumn('saw its events'),
  },
  engine: engine.aggregatingMergeTree({ sortingKey: ['session_id'] }),
});
