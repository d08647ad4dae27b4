import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { Config } from '../../base/config.js';
import type { schemas } from '../../schemas.js';
import { withExamples } from './describe.js';

/** What a command gets from the program that runs it. Settings are read when a command asks for them. */
export interface Outside {
  program: Command;
  config: () => Config;
  print: (line: string) => void;
  /** Says what is wrong, on stderr. */
  complain: (line: string) => void;
}

/** How a command is called, and what it says of itself. */
export interface Description<Args extends unknown[], Opts extends OptionValues> {
  name: string;
  description: string;
  examples: readonly string[];
  /** The schema of what `--json` prints, by its name in schemas.ts; none where the command prints no JSON. */
  json?: keyof typeof schemas;
  /** Adds the arguments and the options. Their types follow from what is added here. */
  flags: (command: Command) => Command<Args, Opts>;
}

/** A command of the program. */
export interface CliCommand {
  name: string;
  json: keyof typeof schemas | undefined;
  addTo: (outside: Outside) => void;
}

/**
 * Defines a command. `run` imports what does the work when it is called: what serves is heavy, and a question must be
 * quick.
 */
export function command<Args extends unknown[], Opts extends OptionValues>({
  run,
  ...description
}: Description<Args, Opts> & {
  run: (options: Opts, outside: Outside, ...args: Args) => Promise<void>;
}): CliCommand {
  return define(description, (made, outside) => run(made.opts(), outside, ...made.processedArgs));
}

/** Makes a command of its description and of what runs it. */
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
