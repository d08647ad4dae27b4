/** The command `atel completion`: its name, options and examples. */
import { Argument, type Command } from '@commander-js/extra-typings';
import { command } from '../shared/command.js';
import { guardOutput } from '../shared/guard-output.js';

export const completion = command({
  name: 'completion',
  description: 'Print the completion script of a shell.',
  examples: [
    'source <(atel completion bash)',
    'atel completion zsh > "${fpath[1]}/_atel"',
    'atel completion fish | source',
  ],
  flags: (made: Command) =>
    made.addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish'])),
  run: async (_, { program, print, complain }, shell) => {
    guardOutput(complain);
    const { completion } = await import('../bodies/completion.js');
    print(completion(program, shell).trimEnd());
  },
});
