/** The table listed_skills: since when each skill has been installed. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** The skills that sessions found when they started, and when the first of them did. */
export const listedSkills = defineTable('listed_skills', {
  description: 'Skills that sessions found installed when they started, and when the first of them did.',
  materialized: true,
  schema: {
    skill: describe(t.string(), 'Name of the skill, of a plugin: PLUGIN:SKILL.'),
    project: describe(t.string().lowCardinality(), 'Project of the sessions.'),
    first_seen: describe(
      t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')),
      'When the first session that found it started, UTC.',
    ),
  },
  engine: engine.aggregatingMergeTree({ sortingKey: ['skill', 'project'] }),
});
