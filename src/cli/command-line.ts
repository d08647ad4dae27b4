/** Builds the command line `atel` and turns errors into one line and an exit code. */
import { Command } from '@commander-js/extra-typings';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError, loadConfig } from '../base/config.js';
import { NotReadable } from '../base/regular-file/open.js';
import type { CliCommand } from './shared/command.js';
import { CommandError } from './shared/command-error.js';
import { UsageError } from './shared/options.js';
import { addSynonyms, withMeantOption } from './shared/synonyms.js';

/** The end of `atel --help`. */
const OVERVIEW = `
Start here:
  $ atel init       records your sessions from now on
  $ atel backfill   reads those before
  $ atel summary    shows what they cost

atel COMMAND --help explains a command, with examples. Also: completion (of a
shell), statusline and hook-handler, which Claude Code runs.`;

const print = (line: string) => console.log(line);
const complain = (line: string) => console.error(`atel: ${line}`);

/** The program `atel`, without commands yet. */
export function newProgram(): Command {
  return (
    new Command('atel')
      .description(
        'agent-telemetry: what your Claude Code agents, skills and sessions did, and what it cost.',
      )
      .version(packageJson.version)
      .showHelpAfterError('(see atel --help)')
      .configureOutput({
        outputError: (text, write) => write(withMeantOption(text).replace(/^error: /, 'atel: ')),
      })
      .configureHelp({ subcommandTerm: (command) => command.name() })
      .usage('COMMAND [options]')
      .commandsGroup('More:')
      .addHelpText('after', OVERVIEW)
      // Commands that are added later inherit this.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  );
}

/** Runs the requested command. An error that the user can fix is one line and an exit code. */
export async function runProgram(program: Command, commands: readonly CliCommand[]): Promise<void> {
  for (const command of commands) command.addTo({ program, config: loadConfig, print, complain });
  addSynonyms(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(
      error instanceof CommandError ||
      error instanceof ConfigError ||
      error instanceof NotReadable ||
      isRefusal(error)
    ))
      throw error;
    complain(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** An error of the operating system (no permission, disk full): its message names the path. */
function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
