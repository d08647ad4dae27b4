/** Defines the commands of the command line. */
import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { Config } from '../../base/config.js';
import type { schemas } from '../../schemas.js';
import { withExamples } from './describe.js';

/** What a command gets from the program that runs it. Settings are read when a command asks for them. */
export interface Outside {
  program: Command;
  config: () => Config;
  print: (line: string) => void;
  /** Prints an error or a warning to stderr. */
  complain: (line: string) => void;
}

/** The name, the description and the options of a command. */
export interface Description<Args extends unknown[], Opts extends OptionValues> {
  name: string;
  description: string;
  examples: readonly string[];
  /** The name in schemas.ts of the schema of its `--json` output; absent for commands without JSON. */
  json?: keyof typeof schemas;
  /** Adds the arguments and the options, and defines their types. */
  flags: (command: Command) => Command<Args, Opts>;
}

/** A command of the program. */
export interface CliCommand {
  name: string;
  json: keyof typeof schemas | undefined;
  addTo: (outside: Outside) => void;
}

/**
 * Defines a command. `run` imports the code of the command when it is called: code that serves is large, and a question
 * must be quick.
 */
export function command<Args extends unknown[], Opts extends OptionValues>({
  run,
  ...description
}: Description<Args, Opts> & {
  run: (options: Opts, outside: Outside, ...args: Args) => Promise<void>;
}): CliCommand {
  return define(description, (made, outside) => run(made.opts(), outside, ...made.processedArgs));
}

/** Makes a command from its description and the function that runs it. */
export function define<Args extends unknown[], Opts extends OptionValues>(
  { name, description, examples, json, flags }: Description<Args, Opts>,
  act: (made: Command<Args, Opts>, outside: Outside) => Promise<void>,
): CliCommand {
  return {
    name,
    json,
    addTo: (outside) => {
      const made = flags(outside.program.command(name).description(description));
      withExamples(made, examples).action(() => act(made, outside));
    },
  };
}

/** The options that a function adds to a command. */
export type OptionsOf<Flags extends (command: Command) => { opts: () => unknown }> = ReturnType<
  ReturnType<Flags>['opts']
>;
