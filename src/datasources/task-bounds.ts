/** The table task_bounds: when each task was worked on. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** When each task was worked on. A question about a task reads only the weeks between. */
export const taskBounds = defineTable('task_bounds', {
  description: 'First and last event of each task in telemetry_events.',
  materialized: true,
  schema: {
    task_id: describe(t.string(), 'The task, of any project.'),
    first_at: describe(t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')), 'Its first event, UTC.'),
    last_at: describe(t.simpleAggregateFunction('max', t.dateTime64(3, 'UTC')), 'Its last event, UTC.'),
  },
  engine: engine.aggregatingMergeTree({ sortingKey: ['task_id'] }),
});
