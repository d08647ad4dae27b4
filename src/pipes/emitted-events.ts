/** The question emitted_events: what did the user's own tools report? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, inProject, inWindow, windowParams } from './parts/define.js';
import { pageBy } from './parts/page.js';

const page = pageBy('event_id', 'after_id', 'events');

/**
 * What did the user's own tools report? Each event once, in order of time; a page of at most `limit` after the row
 * whose timestamp and event_id are given.
 */
export const emittedEvents = defineQuestion('emitted_events', {
  description:
    "What did the user's own tools tell (emit, atel run)? Each event once, in order of time: at most `limit` rows after the one that after_time and after_id name.",
  params: {
    ...windowParams,
    ...page.params,
  },
  nodes: [
    node({
      name: 'page',
      sql: `
SELECT
  timestamp,
  event_id,
  event,
  tool_name,
  task_id,
  phase,
  status,
  error_class,
  duration_ms,
  session_id,
  project,
  device,
  payload
FROM telemetry_events
FINAL
WHERE ${inWindow}
  ${inProject}
  AND source = 'cli'${page.end}`,
    }),
  ],
  output: {
    timestamp: t.dateTime64(3, 'UTC'),
    event_id: t.string(),
    event: t.string(),
    tool_name: t.string(),
    task_id: t.string(),
    phase: t.string(),
    status: t.string(),
    error_class: t.string(),
    duration_ms: t.uint64().nullable(),
    session_id: t.string(),
    project: t.string(),
    device: t.string(),
    payload: t.string(),
  },
});
