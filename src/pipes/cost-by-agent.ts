/** The question cost_by_agent: what did the main thread and each type of subagent cost? */
import { costBreakdown, partOf } from './parts/cost-breakdown.js';

/** What did the main thread and each type of subagent cost? */
export const costByAgent = costBreakdown('cost_by_agent', {
  column: 'agent_type',
  part: partOf.agent,
  question: 'What did the main thread (main) and each type of subagent cost, most expensive first?',
});
