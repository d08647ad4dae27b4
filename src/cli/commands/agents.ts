/** The definition of `atel agents`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const agents = definition({
  name: 'agents',
  group: 'ask',
  summary: 'What each type of subagent did and cost',
  description: 'What each type of subagent did and cost, and how well.',
  examples: ['atel agents', 'atel agents --since 30d --project shop-7815fea6', 'atel agents --json'],
  json: 'agents',
  flags: (made: Command) => addWindowOptions(made),
});
