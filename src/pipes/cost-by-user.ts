/** The question cost_by_user: what did the sessions of each user cost? */
import { t } from '@tinybirdco/sdk';
import { mostExpensiveFirst } from './parts/cost-breakdown.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { costBySessionFact, sessionFactTypes } from './parts/session-facts.js';

/** What did the sessions of each user cost? For a store that several people send to. */
export const costByUser = defineQuestion('cost_by_user', {
  description:
    'What did the sessions of each user cost, most expensive first? user: a hash by a key that only the machines of the user have; each machine has one user, who has the sessions that cost_by_device gives to it; unknown: machines of earlier versions, and requests without a session. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...mostExpensiveFirst('user').params },
  nodes: costBySessionFact('user'),
  output: { user: t.string(), ...sessionFactTypes },
});
