/** The definition of `atel checks`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const checks = definition({
  name: 'checks',
  group: 'ask',
  summary: 'Tests, linters, type checks, builds and deployments that sessions ran',
  description:
    'The checks that sessions ran in Bash (tests, linters, type checks, builds, deployments): how they ended, how many tries the first pass took, and what mending failed ones cost. The setting quality_commands names further commands.',
  examples: ['atel checks', 'atel checks --by branch --since 30d', 'atel checks --by commit --json'],
  json: 'checks',
  flags: (made: Command) =>
    addWindowOptions(made)
      .option('--by <what>', 'class, session, branch or commit', 'class')
      .option('--top <count>', 'how many rows', '50'),
});
