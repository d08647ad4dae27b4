/** The question cost_by_model: what did each model cost? */
import { costBreakdown, partOf } from './parts/cost-breakdown.js';

/** What did each model cost? */
export const costByModel = costBreakdown('cost_by_model', {
  column: 'model',
  part: partOf.model,
  question: 'What did each model cost, most expensive first?',
});
