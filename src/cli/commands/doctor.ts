/** The definition of `atel doctor`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const doctor = definition({
  name: 'doctor',
  group: 'start',
  summary: 'Explain what is wrong, with the command that mends it',
  description:
    'Explain each problem that atel status sees, with the command that mends it. Changes nothing. Exits with 0 if there is no problem, else with the lowest of: 3 a setting is invalid, 4 not everything is recorded, 5 the store does not answer, 6 rows are not delivered, 7 something was lost or is about to be.',
  examples: ['atel doctor', 'atel doctor --json'],
  json: 'doctor',
  flags: (made: Command) => made.option('--json', 'print it as JSON'),
});
