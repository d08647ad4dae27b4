/** The examples at the end of a command's help. */
import type { Command, OptionValues } from '@commander-js/extra-typings';

/** Adds examples to the end of a command's help, and a pointer to the help to errors of use. */
export function withExamples<Args extends unknown[], Opts extends OptionValues>(
  command: Command<Args, Opts>,
  examples: readonly string[],
): Command<Args, Opts> {
  const shown = examples.map((example) => (example.startsWith('In ') ? `  ${example}` : `  $ ${example}`));
  return command
    .addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
    .showHelpAfterError(`(see atel ${command.name()} --help)`);
}
