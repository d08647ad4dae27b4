/** The definition of `atel run`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const run = definition({
  name: 'run',
  group: 'tools',
  summary: 'Run a command, and record its start and end',
  description: 'Run a command, and record its start and end. Ends as the command ends.',
  examples: ['atel run -- npm test', 'atel run --task BUG-7 --phase verify -- npm test'],
  flags: (made: Command) =>
    made
      .passThroughOptions()
      .option('--task <id>', 'task that the work belongs to')
      .option('--phase <name>', 'phase of that task')
      .option(
        '--otel-endpoint <url>',
        'send the trace of the command there when it has ended, over OTLP/HTTP',
      )
      .argument('<command>', 'program to run')
      .argument('[args...]', 'its arguments; never recorded'),
});
