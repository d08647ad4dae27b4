import { basename } from 'node:path';
import type { Command } from 'commander';

/** The option of every command that can answer from a project's own log alone. */
export interface FileOptions {
  /** A path; true where none is given. */
  file?: string | true;
}

export function addFileOption(command: Command): Command {
  return command.option(
    '--file [path]',
    "answer from a log alone, without the store (default path: this project's own log)",
  );
}

/** Whether a log is to answer: where it is asked for, and always by the name `ll-telemetry`. */
export function wantsFile({ file }: FileOptions): boolean {
  return file !== undefined || basename(process.argv[1] ?? '') === 'll-telemetry';
}
