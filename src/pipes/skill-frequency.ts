/** The question skill_frequency: how often was each skill used, and how often did it fail? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { skillOutcomes } from './parts/skill-outcomes.js';

/** How often was each skill used, and how often did it fail? */
export const skillFrequency = defineQuestion('skill_frequency', {
  description:
    'How often was each skill used, by the model or typed, and how often did a call fail? A typed use has no outcome.',
  params: windowParams,
  nodes: [
    skillOutcomes(),
    node({
      name: 'by_skill',
      sql: `
SELECT
  skill_name,
  activations,
  successes,
  failures,
  typed,
  successes / nullIf(outcomes, 0) AS success_rate,
  avg_duration_ms
FROM skill_outcomes
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
