/** The question cost_by_device: what did the sessions of each machine cost? */
import { t } from '@tinybirdco/sdk';
import { mostExpensiveFirst } from './parts/cost-breakdown.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { costBySessionFact, sessionFactTypes } from './parts/session-facts.js';

/** What did the sessions of each machine cost? For a store that several machines send to. */
export const costByDevice = defineQuestion('cost_by_device', {
  description:
    'What did the sessions of each machine cost, most expensive first? device: its random id; the machine that recorded the newest state of a session has its requests, without a summary the one that sent the newest sighting; unknown: requests without a session. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...mostExpensiveFirst('device').params },
  nodes: costBySessionFact('device'),
  output: { device: t.string(), ...sessionFactTypes },
});
