/** The definition of `atel completion`: its name, options and examples. */
import { Argument, type Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const completion = definition({
  name: 'completion',
  group: 'internal',
  summary: 'Print the completion script of a shell',
  description: 'Print the completion script of a shell.',
  examples: [
    'source <(atel completion bash)',
    'atel completion zsh > "${fpath[1]}/_atel"',
    'atel completion fish | source',
  ],
  flags: (made: Command) =>
    made.addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish'])),
});
