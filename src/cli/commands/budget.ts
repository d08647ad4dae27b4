/** The definition of `atel budget`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addOutputOptions } from '../shared/options.js';

export const budget = definition({
  name: 'budget',
  group: 'ask',
  summary: 'How far each budget is used, and how to raise it',
  description:
    'How far each budget is used now. A budget is a rule with a soft limit, a hard limit or both: past the soft one the agent is told, past the hard one its tool calls are denied if you installed the guard (atel init --guard). atel alerts add makes a budget, atel alerts edit raises its limit.',
  examples: [
    'atel budget',
    'atel alerts add day --span day --soft 20 --hard 30',
    'atel alerts edit day --hard 40',
  ],
  json: 'budget',
  flags: (made: Command) => addOutputOptions(made),
});
