/** The definition of `atel summary`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const summary = definition({
  name: 'summary',
  group: 'ask',
  summary: 'Cost, sessions, agents, skills and tools of a period',
  description:
    'Summary of a period, compared with the previous one: cost, sessions, tokens, agents, skills and tools.',
  examples: [
    'atel summary',
    'atel summary --since 24h',
    'atel summary --since 2026-11-01 --until 2026-12-01 --json',
  ],
  json: 'summary',
  flags: (made: Command) =>
    addWindowOptions(made).option('--top <count>', 'how many rows of each breakdown', '5'),
});
