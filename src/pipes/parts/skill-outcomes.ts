/** SQL: whether each use of a skill succeeded. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { skillActivations } from './otel-sightings.js';

/** One row per skill: its uses in the window and their outcomes. Only a call by the model has an outcome. */
export const skillOutcomes = (): NodeDefinition =>
  node({
    name: 'skill_outcomes',
    description: 'One row per skill that was used in the window',
    sql: `
SELECT
  skill_name,
  count() AS activations,
  countIf(success) AS successes,
  countIf(NOT success) AS failures,
  successes + failures AS outcomes,
  countIf(trigger = 'typed') AS typed,
  avgOrNull(duration_ms) AS avg_duration_ms
FROM (${skillActivations()})
GROUP BY skill_name`,
  });
