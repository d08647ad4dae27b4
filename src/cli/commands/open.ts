/** The definition of `atel open`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const open = definition({
  name: 'open',
  group: 'start',
  summary: 'Open the dashboard in the browser',
  description: 'Open the dashboard in the browser. Prints its address; fails if atel up does not serve it.',
  examples: ['atel open', 'atel open --print'],
  flags: (made: Command) => made.option('--print', 'only print the address'),
});
