import type { Command } from 'commander';

/** Ends a command's help with examples, and a wrong use of it with where its help is. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const shown = examples.map((example) => (example.startsWith('In ') ? `  ${example}` : `  $ ${example}`));
  return command
    .addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
    .showHelpAfterError(`(atel ${command.name()} --help shows what there is)`);
}
