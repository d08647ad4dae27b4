/**
 * How a command is made of its definition (commands/) and its action (actions/). They are apart because all actions
 * together load slowly: an action is loaded when its command runs.
 */
import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { Config } from '../../base/config.js';
import type { schemas } from '../../schemas.js';
import { withExamples } from './describe.js';
import { helpGroups, type HelpGroup } from './help-groups.js';

/** What a command gets from the program that runs it. Settings are read when a command asks for them. */
export interface Outside {
  program: Command;
  config: () => Config;
  print: (line: string) => void;
  /** Prints an error or a warning to stderr. */
  complain: (line: string) => void;
}

/** The name, the description and the options of a command. */
export interface Definition<Args extends unknown[], Opts extends OptionValues> {
  name: string;
  /** Where the overview of all commands lists it. */
  group: HelpGroup;
  /** Its line in that overview. */
  summary: string;
  /** The first paragraph of its own help. */
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

/** Defines a command. The types of its options and arguments follow from `flags`. */
export function definition<Args extends unknown[], Opts extends OptionValues>(
  defined: Definition<Args, Opts>,
): Definition<Args, Opts> {
  return defined;
}

/** Loads the action of a command. */
export type Load<Context, Args extends unknown[], Opts> = () => Promise<{
  run: (options: Opts, context: Context, ...args: Args) => Promise<void> | void;
}>;

/** A command of this program, whose action gets what the program gives it. */
export function command<Args extends unknown[], Opts extends OptionValues>(
  defined: Definition<Args, Opts>,
  load: Load<Outside, Args, Opts>,
): CliCommand {
  return withAction(defined, async (made, outside) => {
    const { run } = await load();
    await run(made.opts(), outside, ...made.processedArgs);
  });
}

/** Makes a command from its definition and the function that runs it. */
export function withAction<Args extends unknown[], Opts extends OptionValues>(
  { name, group, summary, description, examples, json, flags }: Definition<Args, Opts>,
  act: (made: Command<Args, Opts>, outside: Outside) => Promise<void>,
): CliCommand {
  return {
    name,
    json,
    addTo: (outside) => {
      const heading = helpGroups[group];
      const bare = outside.program.command(name, { hidden: heading === null });
      bare.summary(summary).description(description);
      const made = flags(heading === null ? bare : bare.helpGroup(heading));
      withExamples(made, examples).action(() => act(made, outside));
    },
  };
}

/** The options that a function adds to a command, e.g. `OptionsOf<typeof summary.flags>`. */
export type OptionsOf<Flags extends (command: Command) => { opts: () => unknown }> = ReturnType<
  ReturnType<Flags>['opts']
>;
