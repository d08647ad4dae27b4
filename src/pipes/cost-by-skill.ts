/** The question cost_by_skill: what was spent under each skill? */
import { costBreakdown, partOf } from './parts/cost-breakdown.js';

/** What was spent under each skill? */
export const costBySkill = costBreakdown('cost_by_skill', {
  column: 'skill_name',
  part: partOf.skill,
  question: 'What was spent under each skill, most expensive first? Work under no skill is unattributed.',
});
