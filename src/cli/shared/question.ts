/** Defines the commands that answer questions. */
import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { Desk } from './answer.js';
import { withAction, type CliCommand, type Definition, type Load, type Outside } from './command.js';
import { addFileOption, fileOptionOf, wantsFile, type FileOptions } from './file-option.js';
import { guardOutput } from './guard-output.js';
import type { LogDesk } from './log-desk.js';
import { UsageError } from './options.js';

/** A command that answers from the store. */
export function question<Args extends unknown[], Opts extends OptionValues>(
  defined: Definition<Args, Opts>,
  load: Load<Desk, Args, Opts>,
): CliCommand {
  return withAction(defined, async (made, outside) => {
    checkArgument(made);
    guardOutput(outside.complain);
    const { run } = await load();
    await run(made.opts(), await openDesk(outside), ...made.processedArgs);
  });
}

/** A command that answers from the store, or with `--file` from a project's log. */
export function questionOrLog<Args extends unknown[], Opts extends OptionValues>(
  { flags, ...defined }: Definition<Args, Opts>,
  load: Load<Desk, Args, Opts>,
  loadForLog: Load<LogDesk, Args, Opts>,
): CliCommand {
  const withFile = (made: Command) => {
    const all = flags(made);
    addFileOption(all);
    return all;
  };
  return withAction({ ...defined, flags: withFile }, async (made, outside) => {
    checkArgument(made);
    guardOutput(outside.complain);
    const file = fileOptionOf(made);
    if (wantsFile(file)) {
      const { run } = await loadForLog();
      await run(made.opts(), await openLog(file, outside), ...made.processedArgs);
    } else {
      const { run } = await load();
      await run(made.opts(), await openDesk(outside), ...made.processedArgs);
    }
  });
}

/** @throws {UsageError} if the argument is empty, or missing where it is required. */
function checkArgument<Args extends unknown[], Opts extends OptionValues>(made: Command<Args, Opts>): void {
  const [expected] = made.registeredArguments;
  const [argument] = made.args;
  if (expected === undefined || (!expected.required && argument === undefined)) return;
  if ((argument ?? '').trim() === '')
    throw new UsageError(`<${expected.name()}> is empty (see atel ${made.name()} --help)`);
}

async function openDesk({ config, print }: Outside): Promise<Desk> {
  const [{ Asker }, { terminalOf }] = await Promise.all([
    import('./asker.js'),
    import('../render/terminal.js'),
  ]);
  const settings = config();
  return {
    asker: new Asker(settings),
    terminal: terminalOf(),
    print,
    now: Date.now(),
    history: async () => {
      const { unreadHere, unreadWords } = await import('./history.js');
      const unread = unreadHere(settings);
      return unread === null ? null : `${unreadWords(unread)}: atel backfill reads them.`;
    },
  };
}

async function openLog(options: FileOptions, { print, complain }: Outside): Promise<LogDesk> {
  const [{ logFile }, { terminalOf }] = await Promise.all([
    import('./log-desk.js'),
    import('../render/terminal.js'),
  ]);
  return { file: logFile(options), terminal: terminalOf(), print, complain, now: Date.now() };
}
