/** The definition of `atel prs`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const prs = definition({
  name: 'prs',
  group: 'ask',
  summary: 'What each pull request cost, and how it went',
  description:
    'The pull requests that sessions noted or that were imported (atel import prs), newest first, with what the requests on their branch cost.',
  examples: ['atel prs', 'atel prs --since month', 'atel prs --project shop-7815fea6 --json'],
  json: 'prs',
  flags: (made: Command) => addWindowOptions(made, '30d'),
});
