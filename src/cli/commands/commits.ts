/** The definition of `atel commits`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const commits = definition({
  name: 'commits',
  group: 'ask',
  summary: 'What each commit and each branch cost',
  description:
    'The commits that sessions made, newest first, with what each cost, and the cost of each branch. A commit owns the requests of its thread since the commit before.',
  examples: ['atel commits', 'atel commits --since month', 'atel commits --project shop-7815fea6 --json'],
  json: 'commits',
  flags: (made: Command) => addWindowOptions(made),
});
