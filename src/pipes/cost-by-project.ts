/** The question cost_by_project: what did each project cost? */
import { costBreakdown, partOf } from './parts/cost-breakdown.js';

/** What did each project cost? */
export const costByProject = costBreakdown('cost_by_project', {
  column: 'project_name',
  part: partOf.project,
  question:
    'What did each project cost, most expensive first? Requests of an unknown session are unattributed.',
});
