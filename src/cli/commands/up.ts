/** The definition of `atel up`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const up = definition({
  name: 'up',
  group: 'start',
  summary: 'Start the store, the dashboard and the collector',
  description:
    'Serve the embedded store on this machine. Prints one line starting with "ready" when it is usable.',
  examples: ['atel up', 'atel up --detach'],
  flags: (made: Command) =>
    made
      .option('--detach', 'start it in the background and return')
      .option('--background', 'stop when idle for long (hooks start it this way)')
      .option(
        '--otel-endpoint <url>',
        'as long as it serves, send traces of what happens there, over OTLP/HTTP',
      ),
});
