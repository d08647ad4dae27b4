/** The option `--file`, with which a command answers from a project's log. */
import { basename } from 'node:path';
import type { Command, OptionValues } from '@commander-js/extra-typings';
import type { OptionsOf } from './command.js';

/** Adds the option `--file` of every command that can answer from a project's log alone. */
export function addFileOption<Args extends unknown[], Opts extends OptionValues>(
  command: Command<Args, Opts>,
) {
  return command.option(
    '--file [path]',
    "answer from a log alone, without the store (default path: this project's own log)",
  );
}

/** A path in `file`; true if none is given. */
export type FileOptions = OptionsOf<typeof addFileOption<[], OptionValues>>;

/** The value of that option. */
export function fileOptionOf(command: { getOptionValue: (name: string) => unknown }): FileOptions {
  const name: keyof FileOptions = 'file';
  const file = command.getOptionValue(name);
  return typeof file === 'string' || file === true ? { file } : {};
}

/** Whether to answer from a log: if requested, and always under the name `ll-telemetry`. */
export function wantsFile({ file }: FileOptions): boolean {
  return file !== undefined || basename(process.argv[1] ?? '') === 'll-telemetry';
}
