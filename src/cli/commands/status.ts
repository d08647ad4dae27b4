/** The command `atel status`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { command } from '../shared/command.js';
import { guardOutput } from '../shared/guard-output.js';

export const status = command({
  name: 'status',
  description: 'Where telemetry goes, what waits, and what is wrong. Exits with 1 if something is.',
  examples: ['atel status', 'atel status --json'],
  json: 'status',
  flags: (made: Command) => made.option('--json', 'print it as JSON'),
  run: async ({ json }, { config, print, complain }) => {
    guardOutput(complain);
    const { status } = await import('../bodies/status.js');
    if (!(await status(config(), { json }, print))) process.exitCode = 1;
  },
});
