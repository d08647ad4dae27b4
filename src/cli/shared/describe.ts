import type { Command, OptionValues } from '@commander-js/extra-typings';

/** Ends a command's help with examples, and a wrong use of it with where its help is. */
export function withExamples<Args extends unknown[], Opts extends OptionValues>(
  command: Command<Args, Opts>,
  examples: readonly string[],
): Command<Args, Opts> {
  const shown = examples.map((example) => (example.startsWith('In ') ? `  ${example}` : `  $ ${example}`));
  return command
    .addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
    .showHelpAfterError(`(atel ${command.name()} --help shows what there is)`);
}
