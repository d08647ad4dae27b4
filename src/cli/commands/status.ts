/** The definition of `atel status`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const status = definition({
  name: 'status',
  group: 'start',
  summary: 'What is recorded, what waits, and what is wrong',
  description:
    'Where telemetry goes, what waits, and what is wrong. Exits with 1 if something is; atel doctor explains it.',
  examples: ['atel status', 'atel status --json'],
  json: 'status',
  flags: (made: Command) => made.option('--json', 'print it as JSON'),
});
