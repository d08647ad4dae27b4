/** The table skill_activations: one use of a skill, called by the model or typed by a person. */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe, unknowable, work } from './define.js';

/** One use of a skill, called by the model or typed by a person. */
export const skillActivations = defineTable('skill_activations', {
  description: 'A skill was used: called by the model (with an outcome) or typed by a person (without one).',
  schema: {
    ...common,
    ...work,
    trigger: describe(t.string().lowCardinality(), 'model or typed.'),
    tool_use_id: describe(t.string().default(''), 'Tool call that used the skill; empty for a typed one.'),
    duration_ms: unknowable.durationMs('Time that launching the skill took'),
    success: describe(
      t.bool().nullable(),
      'Whether the call succeeded; null for a typed skill, which has no outcome.',
    ),
    error_class: describe(
      t.string().lowCardinality().default(''),
      'Kind of failure (exit_N, interrupted, denied, timeout, error), never its text.',
    ),
    version: describe(
      t.uint64().default(2),
      'Which sighting of the same use is kept: 2 for a hook, which knows the duration, 1 for a transcript.',
    ),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['event_id'],
    partitionKey: 'toYYYYMM(timestamp)',
    ver: 'version',
  }),
});

/** A skill use as it is sent to Tinybird. */
export type SkillActivationRow = InferRow<typeof skillActivations>;
