/** The definition of `atel down`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const down = definition({
  name: 'down',
  group: 'start',
  summary: 'Stop them',
  description: 'Stop the embedded store, in the background or not. Exits with 1 if it does not end.',
  examples: ['atel down'],
  flags: (made: Command) => made,
});
