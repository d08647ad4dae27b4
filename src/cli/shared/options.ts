/** The options that many commands share, above all the requested window, and how they are read. */
import type { Command, OptionValues } from '@commander-js/extra-typings';
import { readCursor, type Place } from '../../base/pages.js';
import { emptiness, readMoment as readIsoMoment, withinYears } from '../../base/time/asked-time.js';
import { CommandError } from './command-error.js';
import type { OptionsOf } from './command.js';
import { agoOf, relativeMoment } from './relative-time.js';
import { zoneNamed } from '../../base/time/zone-name.js';
import { fromWallClock, localZone, wallClock } from '../../base/time/zone.js';

export { storeMoment, storeText } from '../../base/time/store-time.js';
export { wallClock } from '../../base/time/zone.js';

/** An error in the usage of a command: one line, exit code 2. */
export class UsageError extends CommandError {
  override name = 'UsageError';
}

/** Adds the options of every command that answers from the store. */
export function addOutputOptions<Args extends unknown[], Opts extends OptionValues>(
  command: Command<Args, Opts>,
) {
  return command
    .option('--json', 'print JSON')
    .option('--explain', 'also name the pipes that the figures come from, with their parameters');
}

/** Adds the options of every command with a requested window. */
export function addWindowOptions(command: Command, since = '7d') {
  return addOutputOptions(addTimeOptions(command, since));
}

/** What `--timezone` means, for the help. */
export const ZONE_HELP =
  "time zone of dates and periods, e.g. Europe/Berlin or UTC (default: this machine's; UTC with --json)";

/** Adds the options for the window and the project. */
export function addTimeOptions(command: Command, since = '7d', zone = ZONE_HELP) {
  return command
    .option(
      '--since <when>',
      `first moment: 10m, 24h, 7d, 2w, 1mo, today, week, "last month", 2026-11-20, 2026-11-20T09:30 (default: ${since} before --until)`,
    )
    .option('--until <when>', 'last moment, not included, in the same spellings (default: now)')
    .option('--timezone <name>', zone)
    .option('--project <name>', 'only this project, as the project column names it');
}

/** Options for the window and the project. */
type TimeOptions = OptionsOf<typeof addTimeOptions>;

/** The window and the project, all optional, and whether the answer is for a program. */
export type AskedTime = { [Name in keyof TimeOptions]?: TimeOptions[Name] | undefined } & {
  json?: true | undefined;
};

/** The requested window, for a pipe and for the user. */
export interface AskedWindow {
  /** Parameters for a pipe: a rolling window stays rolling. */
  params: { days?: number; from?: Date; to?: Date; project?: string };
  from: Date;
  /** Null for a window that is open up to now. */
  to: Date | null;
  timezone: string;
  project: string | null;
  /** E.g. `last 7 days`. */
  title: string;
}

/** What `--since` and `--until` take, for errors. */
const SPELLINGS =
  '10m, 24h, 7d, 2w, 1mo, today, yesterday, week, "last week", month, "last month", year or a date such as 2026-11-20 or 2026-11-20T09:30';

/**
 * Reads the requested window.
 *
 * @param reach length of the window if no start is given
 * @throws {UsageError} naming the option and what it takes.
 */
export function readWindow(options: AskedTime, now: number, reach = '7d'): AskedWindow {
  const timezone = readTimezone(options);
  const since = options.since ?? reach;
  const to = options.until === undefined ? null : readMoment('--until', options.until, now, timezone);
  const back = options.since === undefined ? (to?.getTime() ?? now) : now;
  const from = readMoment('--since', since, back, timezone);
  if (emptiness({ from: from.getTime(), to: to?.getTime() ?? null }, now) !== undefined) {
    throw new UsageError(
      to === null
        ? `--since ${since} is not in the past`
        : `--until ${options.until} is not after --since ${since}`,
    );
  }
  if (options.project === '') throw new UsageError('--project takes the name of a project, not ""');
  const ago = to === null ? agoOf(since) : undefined;
  const project = options.project === undefined ? {} : { project: options.project };
  return {
    params: {
      ...(ago?.unit === 'day' ? { days: ago.count } : { from }),
      ...(to === null ? {} : { to }),
      ...project,
    },
    from,
    to,
    timezone,
    project: options.project ?? null,
    title: titleOf(since, from, to, timezone),
  };
}

function titleOf(since: string, from: Date, to: Date | null, timezone: string): string {
  const ago = to === null ? agoOf(since) : undefined;
  if (ago !== undefined) return ago.count === 1 ? `last ${ago.unit}` : `last ${ago.count} ${ago.unit}s`;
  const show = (moment: Date) => {
    const [date = '', time = ''] = wallClock(moment, timezone).split(' ');
    return time === '00:00:00' ? date : `${date} ${time.slice(0, 5)}`;
  };
  return to === null ? `since ${show(from)}` : `${show(from)} to ${show(to)}`;
}

/** The zone of `--timezone`; without it this machine's, but UTC for programs (`--json`). @throws {UsageError} */
function readTimezone({ timezone, json }: AskedTime): string {
  const local = localZone();
  // TZ may contain a file or an unknown value. Then UTC is used, and the heading says so.
  if (timezone === undefined) return json === true ? 'UTC' : (local ?? 'UTC');
  if (timezone === 'local' && local === undefined)
    throw new UsageError(
      `--timezone local: the time zone of this machine is unknown (TZ is "${process.env.TZ ?? ''}"); name it, e.g. Europe/Berlin`,
    );
  const known = zoneNamed(timezone === 'local' ? (local ?? '') : timezone);
  if (known === undefined)
    throw new UsageError(`--timezone takes a name such as UTC, Europe/Berlin or local, not "${timezone}"`);
  return known;
}

/**
 * Reads one moment.
 *
 * @throws {UsageError} naming the option and what it takes.
 */
export function readMoment(option: string, text: string, now: number, timezone = 'UTC'): Date {
  const { ms, refusal } =
    readRelative(text, now, timezone) ?? readIsoMoment(text, (asUtc) => fromWallClock(asUtc, timezone));
  if (refusal !== undefined) throw new UsageError(`${option} takes ${SPELLINGS}, ${refusal}`);
  return new Date(ms);
}

/** The moment of `7d`, `last week` and the like; undefined for other spellings. */
function readRelative(text: string, now: number, timezone: string) {
  const moment = relativeMoment(text, now, timezone);
  return moment === undefined ? undefined : withinYears(moment, text);
}

/** The start of a page, as printed by the previous page; undefined for the first page. @throws {UsageError} */
export function readCursorOption(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = readCursor(cursor);
  if (place === undefined) throw new UsageError('--cursor takes the cursor that the previous page printed');
  return place;
}

/** Reads a whole number of an option. @throws {UsageError} */
export function readCount(option: string, text: string, max: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > max) {
    throw new UsageError(`${option} takes a number from 1 to ${max}, not "${text}"`);
  }
  return count;
}
