/** The definition of `atel init`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const init = definition({
  name: 'init',
  group: 'start',
  summary: 'Record your Claude Code sessions from now on',
  description:
    'Add the hooks to a Claude Code project (default: this folder), or to all your projects. Safe to repeat.',
  examples: [
    'atel init',
    'atel init --project ~/shop --statusline',
    'atel init --user --otel',
    'atel init --guard',
    'atel init --project ~/shop --remove',
  ],
  flags: (made: Command) =>
    made
      .option('--project <folder>', 'the project that is to be recorded')
      .option('--user', 'record every project of yours')
      .option(
        '--otel [protocol]',
        'also send OpenTelemetry of all your projects to atel (http/protobuf, http/json or grpc)',
      )
      .option('--statusline', 'also show the cost and the limits below the prompt')
      .option('--guard', 'also deny tool calls past the hard limit of a budget (see atel budget)')
      .option('--remove', 'remove exactly what init added'),
});
