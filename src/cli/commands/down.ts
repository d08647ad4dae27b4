/** The command `atel down`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { command } from '../shared/command.js';

export const down = command({
  name: 'down',
  description: 'Stop the embedded store, in the background or not. Exits with 1 if it does not end.',
  examples: ['atel down'],
  flags: (made: Command) => made,
  run: async (_, { config, print }) => {
    const { down } = await import('../bodies/down.js');
    await down(config(), print);
  },
});
