/** The definition of `atel outcomes`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const outcomes = definition({
  name: 'outcomes',
  group: 'ask',
  summary: 'What the money bought: merged, open, reverted, or nothing that is known',
  description:
    'What became of the work that was paid for: merged, open and closed pull requests, commits without one, what was reverted, and the rest, which sum to the total; and what a merged pull request, a commit and a completed task cost.',
  examples: ['atel outcomes', 'atel outcomes --branch main --since month', 'atel outcomes --json'],
  json: 'outcomes',
  flags: (made: Command) =>
    addWindowOptions(made, '30d').option('--branch <name>', 'only this git branch; unattributed: none'),
});
