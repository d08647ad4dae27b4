/** The definition of `atel service`: its name, options and examples. */
import { Argument, type Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const service = definition({
  name: 'service',
  group: 'start',
  summary: 'Start atel up with your login: install, remove, status',
  description:
    'install: write a unit of systemd (Linux) or an agent of launchd (macOS) of your own user that runs atel up, and print the command that starts it; remove: remove that file; status: say whether it is there. Nothing else is changed, and nothing is started or stopped.',
  examples: [
    'atel service install',
    'atel service install --print',
    'atel service status',
    'atel service remove',
  ],
  flags: (made: Command) =>
    made
      .addArgument(new Argument('<what>', 'what to do').choices(['install', 'remove', 'status']))
      .option('--print', 'with install: only print the file'),
});
