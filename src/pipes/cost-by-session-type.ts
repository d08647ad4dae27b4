/** The question cost_by_session_type: what did the sessions of each type cost? */
import { sessionTypes } from '../datasources/session-types.js';
import { mostExpensiveFirst } from './parts/cost-breakdown.js';
import { defineQuestion, oneOf, windowParams } from './parts/define.js';
import { costBySessionFact, sessionFactTypes } from './parts/session-facts.js';

/**
 * What did the sessions of each type cost? The type is the way in which the session was started, as the first line of
 * its own life says. A session that was resumed in another way keeps it.
 */
export const costBySessionType = defineQuestion('cost_by_session_type', {
  description:
    'What did the sessions of each type cost, most expensive first? interactive: started in a terminal; print: claude -p; sdk: a program; editor; desktop: the desktop app; ci: a job of GitHub; remote: on another machine; unknown: the client did not say. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...mostExpensiveFirst('session_type').params },
  nodes: costBySessionFact('session_type'),
  output: { session_type: oneOf(...sessionTypes, 'unknown'), ...sessionFactTypes },
});
