/** The table agent_activations: a subagent started or stopped. */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe, unknowable, work } from './define.js';

/** A subagent started or stopped. Of several reports, the earliest start and the latest stop are kept (see `version`). */
export const agentActivations = defineTable('agent_activations', {
  description:
    'A subagent started or stopped. One row per session, agent and event: the first start, the last stop.',
  schema: {
    ...common,
    ...work,
    event: describe(t.string().lowCardinality(), 'start or stop.'),
    input_tokens: unknowable.tokens('Uncached input of the whole run (stop only)'),
    output_tokens: unknowable.tokens('Output of the whole run (stop only)'),
    cache_read_tokens: unknowable.tokens('Input read from the cache in the whole run (stop only)'),
    cache_creation_tokens: unknowable.tokens('Input written to the cache in the whole run (stop only)'),
    duration_ms: unknowable.durationMs("From the run's first transcript line to this stop"),
    version: describe(
      t.uint64(),
      'Which sighting of the same event is kept: the one with the highest version.',
    ),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['session_id', 'agent_id', 'event'],
    partitionKey: 'toYYYYMM(timestamp)',
    ver: 'version',
  }),
});

/** An activation as it is sent to Tinybird. */
export type AgentActivationRow = InferRow<typeof agentActivations>;
