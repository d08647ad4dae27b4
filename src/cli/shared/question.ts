/** Defines the commands that answer questions. */
import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { Desk } from './answer.js';
import { define, type CliCommand, type Description, type Outside } from './command.js';
import { addFileOption, fileOptionOf, wantsFile, type FileOptions } from './file-option.js';
import { guardOutput } from './guard-output.js';
import type { LogDesk } from './log-desk.js';
import { UsageError } from './options.js';

type Run<D, Opts, Args extends unknown[]> = (options: Opts, desk: D, ...args: Args) => Promise<void>;

/** Defines a command that answers from the store. */
export function question<Args extends unknown[], Opts extends OptionValues>({
  run,
  ...description
}: Description<Args, Opts> & { run: Run<Desk, Opts, Args> }): CliCommand {
  return define(description, async (made, outside) => {
    checkArgument(made);
    guardOutput(outside.complain);
    await run(made.opts(), await openDesk(outside), ...made.processedArgs);
  });
}

/** Defines a command that answers from the store, or with `--file` from a project's log. */
export function questionOrLog<Args extends unknown[], Opts extends OptionValues>({
  flags,
  run,
  runOnLog,
  ...description
}: Description<Args, Opts> & {
  run: Run<Desk, Opts, Args>;
  runOnLog: Run<LogDesk, Opts, Args>;
}): CliCommand {
  const withFile = (made: Command) => {
    const all = flags(made);
    addFileOption(all);
    return all;
  };
  return define({ ...description, flags: withFile }, async (made, outside) => {
    checkArgument(made);
    guardOutput(outside.complain);
    const file = fileOptionOf(made);
    if (wantsFile(file)) await runOnLog(made.opts(), await openLog(file, outside), ...made.processedArgs);
    else await run(made.opts(), await openDesk(outside), ...made.processedArgs);
  });
}

/** @throws {UsageError} if a required argument is empty. */
function checkArgument<Args extends unknown[], Opts extends OptionValues>(made: Command<Args, Opts>): void {
  const [expected] = made.registeredArguments;
  const [argument] = made.args;
  if (expected !== undefined && (argument ?? '').trim() === '')
    throw new UsageError(`<${expected.name()}> is empty (see atel ${made.name()} --help)`);
}

async function openDesk({ config, print }: Outside): Promise<Desk> {
  const [{ Asker }, { terminalOf }] = await Promise.all([
    import('./asker.js'),
    import('../render/terminal.js'),
  ]);
  return { asker: new Asker(config()), terminal: terminalOf(), print, now: Date.now() };
}

async function openLog(options: FileOptions, { print, complain }: Outside): Promise<LogDesk> {
  const [{ logFile }, { terminalOf }] = await Promise.all([
    import('./log-desk.js'),
    import('../render/terminal.js'),
  ]);
  return { file: logFile(options), terminal: terminalOf(), print, complain, now: Date.now() };
}
