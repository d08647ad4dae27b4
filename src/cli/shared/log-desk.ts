/** What commands need to answer from a project's log. */
import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { projectLog, type ProjectLog } from '../../project-log/project-log.js';
import { plural } from '../../base/format/counts.js';
import type { LogReading, LogWindow } from '../../project-log/index.js';
import { headingOf, printFrom, type OutputOptions, type Page } from './answer.js';
import { CommandError } from './command-error.js';
import { UsageError, type AskedWindow } from './options.js';
import { plain, whole, wrap } from '../render/text.js';

/** What a command works with that answers from a log. */
export interface LogDesk extends Page {
  /** Path of the log. */
  file: string;
  /** Prints an error or a warning to stderr. */
  complain: (line: string) => void;
}

/** The requested log. @throws {CommandError} if it does not exist. */
export function logFile({ file }: { file?: string | true | undefined }): string {
  const path = typeof file === 'string' ? resolve(file) : configuredLog().file;
  if (existsSync(path)) return typeof file === 'string' ? realpathSync(path) : path;
  throw new CommandError(
    typeof file === 'string'
      ? `there is no file ${path}`
      : `there is no ${path} yet: atel run -- COMMAND and emit write it`,
  );
}

/** This project's log. @throws {CommandError} */
export function configuredLog(): ProjectLog {
  let log: ProjectLog | undefined;
  try {
    log = projectLog(process.cwd());
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (log === undefined)
    throw new CommandError(
      'This project has no log of its own: there is no section "telemetry" in .ll/ll-config.json.',
    );
  return log;
}

/** The requested window for a log. @throws {UsageError} for options that only the store supports. */
export function logWindow(
  { from, to }: AskedWindow,
  { project }: { project?: string | undefined },
  now: number,
): LogWindow {
  if (project !== undefined)
    throw new UsageError('--project needs the store: a log belongs to one project (run it without --file)');
  return { from: from.getTime(), to: to?.getTime() ?? null, now };
}

/** The first line of an answer from a log. */
export function logHeading(title: string, window: AskedWindow, { file, terminal }: LogDesk): string[] {
  return headingOf(title, `${window.title} (${window.timezone}), ${shown(file)}.`, terminal);
}

/** Prints an answer, and how many lines of the log are not events. */
export function printLogAnswer(
  { file, terminal, print }: LogDesk,
  options: OutputOptions,
  json: object,
  reading: LogReading,
  lines: () => string[],
): Promise<void> {
  const { paint, width } = terminal;
  const source = () => [
    '',
    paint.dim('The figures come from this file:'),
    ...wrap(`${plain(file)}: ${plural(reading.events, 'event')}`, width, '  ', whole),
    ...wrap(
      `${plural(reading.duplicates, 'line')} of an event that stood there before, counted once`,
      width,
      '  ',
    ),
  ];
  const notes = () => unreadLines(reading).flatMap((line) => ['', ...wrap(line, width).map(paint.yellow)]);
  return printFrom(print, options, { ...json, log: { file, ...reading } }, () => [...lines(), ...notes()], {
    json: [{ file }],
    lines: source,
  });
}

/** A line about what could not be read; none if everything could. */
export function unreadLines({ unreadable, torn }: LogReading): string[] {
  if (unreadable === 0) return [];
  const end = torn ? (unreadable === 1 ? ' (it is incomplete)' : ' (the last one is incomplete)') : '';
  return [
    `${plural(unreadable, 'line')} of the log ${unreadable === 1 ? 'is not an event' : 'are not events'}${end}.`,
  ];
}

/** A path, relative if that is shorter to read. */
function shown(file: string): string {
  const near = relative(process.cwd(), file);
  return plain(near.startsWith('..') ? file : near);
}
