/**
 * The table telemetry_events: anything else that happened: a tool call, a prompt, a turn's end, a compaction, a
 * command, a commit …
 */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe, unknowable, work } from './define.js';

/**
 * Anything else that happened: a tool call, a prompt, a turn's end, a compaction, a command, a commit …
 *
 * A question reads the weeks of its window, and of these the kinds of events that it asks for. Sightings of one event on
 * either side of a week's end stay two rows: a question that counts events counts distinct ids.
 */
export const telemetryEvents = defineTable('telemetry_events', {
  description:
    'Anything else that happened: tool call, prompt, turn end, session start and end, command, commit …',
  schema: {
    ...common,
    ...work,
    event: describe(
      t.string().lowCardinality(),
      'What happened: tool_call, session_start, turn_end, command …',
    ),
    status: describe(
      t.string().lowCardinality().default(''),
      'Outcome: success or failure; empty where there is none.',
    ),
    error_class: describe(t.string().lowCardinality().default(''), 'Kind of failure, never its text.'),
    tool_name: describe(t.string().lowCardinality().default(''), 'Tool that was called.'),
    tool_use_id: describe(t.string().default(''), 'Id of the tool call.'),
    duration_ms: unknowable.durationMs('How long it took'),
    task_id: describe(t.string().default(''), 'Task that the work belongs to.'),
    feature_id: describe(t.string().default(''), 'Feature that the work belongs to.'),
    phase: describe(t.string().lowCardinality().default(''), 'Phase of that task.'),
    commit_hash: describe(t.string().default(''), 'Commit that came of it.'),
    pr_number: describe(t.uint32().nullable(), 'Pull request that came of it.'),
    payload: describe(t.string().default('{}'), 'Further facts as JSON, filtered by the privacy tier.'),
    sequence: describe(
      t.uint64().nullable(),
      'Order of events of a session with the same time, of one layer: a higher one came later; null where the layer does not tell.',
    ),
    version: describe(
      t.uint64(),
      'Which sighting of the same event is kept: the one with the highest version.',
    ),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['toMonday(timestamp)', 'event', 'event_id'],
    partitionKey: 'toYYYYMM(toMonday(timestamp))',
    ver: 'version',
    // A week has few rows of most kinds of events: smaller granules leave out more of the others.
    settings: { index_granularity: 1024 },
  }),
});

/** An event as it is sent to Tinybird. */
export type TelemetryEventRow = InferRow<typeof telemetryEvents>;
