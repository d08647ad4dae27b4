import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './define.js';
import { skillActivations } from './otel-sightings.js';

/** How often was each skill used, and how often did it fail? */
export const skillFrequency = defineQuestion('skill_frequency', {
  description:
    'How often was each skill used, by the model or typed, and how often did a call fail? A typed use has no outcome.',
  params: windowParams,
  nodes: [
    node({
      name: 'by_skill',
      sql: `
SELECT
  skill_name,
  count() AS activations,
  countIf(success) AS successes,
  countIf(NOT success) AS failures,
  countIf(trigger = 'typed') AS typed,
  if(successes + failures > 0, successes / (successes + failures), NULL) AS success_rate,
  avgOrNull(duration_ms) AS avg_duration_ms
FROM (${skillActivations()})
GROUP BY skill_name
ORDER BY activations DESC, skill_name`,
    }),
  ],
  output: {
    skill_name: t.string(),
    activations: t.uint64(),
    successes: t.uint64(),
    failures: t.uint64(),
    typed: t.uint64(),
    success_rate: t.float64().nullable(),
    avg_duration_ms: t.float64().nullable(),
  },
});
