/** The options that many commands share, above all the requested window, and how they are read. */
import type { Command, OptionValues } from '@commander-js/extra-typings';
import { readCursor, type Place } from '../../base/pages.js';
import { emptiness, readMoment as readIsoMoment, withinYears } from '../../base/time/asked-time.js';
import { CommandError } from './command-error.js';
import type { OptionsOf } from './command.js';

export { storeMoment, storeText } from '../../base/time/store-time.js';

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

/** Adds the options for the window and the project. */
export function addTimeOptions(command: Command, since = '7d') {
  return command
    .option(
      '--since <when>',
      `first moment: 7d, 24h, 2w, today, yesterday, 2026-11-20 or 2026-11-20T09:30 (default: ${since} before --until)`,
    )
    .option('--until <when>', 'last moment, not included, in the same spellings (default: now)')
    .option('--timezone <name>', 'time zone of dates and periods, e.g. Europe/Berlin or local', 'UTC')
    .option('--project <name>', 'only this project, as the project column names it');
}

/** Options for the window and the project. */
type TimeOptions = OptionsOf<typeof addTimeOptions>;

/** The same, all optional. */
export type AskedTime = { [Name in keyof TimeOptions]?: TimeOptions[Name] | undefined };

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

const UNITS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/**
 * Reads the requested window.
 *
 * @param reach length of the window if no start is given
 * @throws {UsageError} naming the option and what it takes.
 */
export function readWindow(options: AskedTime, now: number, reach = '7d'): AskedWindow {
  const timezone = readTimezone(options.timezone ?? 'UTC');
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
  const days = to === null ? /^(\d+)d$/.exec(since)?.[1] : undefined;
  const project = options.project === undefined ? {} : { project: options.project };
  return {
    params: {
      ...(days === undefined ? { from } : { days: Number(days) }),
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
  const rolling = /^(\d+)([hdw])$/.exec(since);
  if (to === null && rolling !== null) {
    const [, count = '', unit = 'd'] = rolling;
    const name = { h: 'hour', d: 'day', w: 'week' }[unit as 'h' | 'd' | 'w'];
    return count === '1' ? `last ${name}` : `last ${count} ${name}s`;
  }
  const show = (moment: Date) => {
    const [date = '', time = ''] = wallClock(moment, timezone).split(' ');
    return time === '00:00:00' ? date : `${date} ${time.slice(0, 5)}`;
  };
  return to === null ? `since ${show(from)}` : `${show(from)} to ${show(to)}`;
}

/** @throws {UsageError} */
function readTimezone(name: string): string {
  if (name === 'UTC') return name;
  // TZ may contain a file or an unknown value: then the runtime has no name for this machine's zone.
  const asked =
    name === 'local' ? (new Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined) : name;
  try {
    if (asked !== undefined)
      return new Intl.DateTimeFormat('en', { timeZone: asked }).resolvedOptions().timeZone;
  } catch {
    // Reported below.
  }
  throw new UsageError(
    name === 'local'
      ? `--timezone local: the time zone of this machine is unknown (TZ is "${process.env.TZ ?? ''}"); name it, e.g. Europe/Berlin`
      : `--timezone takes a name such as UTC, Europe/Berlin or local, not "${name}"`,
  );
}

/**
 * Reads one moment.
 *
 * @throws {UsageError} naming the option and what it takes.
 */
export function readMoment(option: string, text: string, now: number, timezone = 'UTC'): Date {
  const relative = relativeMoment(text, now, timezone);
  const { ms, refusal } =
    relative === undefined
      ? readIsoMoment(text, (asUtc) => fromWallClock(asUtc, timezone))
      : withinYears(relative, text);
  if (refusal !== undefined) {
    throw new UsageError(
      `${option} takes 7d, 24h, 2w, today, yesterday or a date such as 2026-11-20 or 2026-11-20T09:30, ${refusal}`,
    );
  }
  return new Date(ms);
}

/** The moment of `7d`, `today` and the like; undefined for other spellings. */
function relativeMoment(text: string, now: number, timezone: string): number | undefined {
  const ago = /^(\d+)([hdw])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS];
  if (text !== 'today' && text !== 'yesterday') return undefined;
  const today = midnight(new Date(now), timezone);
  return (text === 'today' ? today : midnight(new Date(today.getTime() - 1), timezone)).getTime();
}

/**
 * The moment at which a clock in that zone shows what a UTC clock shows at `asUtc`. If the time occurs twice, the first
 * one; if the clocks skip it, the moment that is as much later as the clocks were put forward.
 */
function fromWallClock(asUtc: number, timezone: string): number {
  if (timezone === 'UTC') return asUtc;
  const offset = (moment: number) =>
    Date.parse(`${wallClock(new Date(moment), timezone).replace(' ', 'T')}Z`) -
    Math.floor(moment / 1000) * 1000;
  const before = asUtc - offset(asUtc - UNITS.d);
  const after = asUtc - offset(asUtc + UNITS.d);
  return [before, after].find((moment) => moment + offset(moment) === asUtc) ?? before;
}

function midnight(moment: Date, timezone: string): Date {
  return new Date(
    fromWallClock(Date.parse(`${wallClock(moment, timezone).slice(0, 10)}T00:00:00Z`), timezone),
  );
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a clock in that zone shows: `YYYY-MM-DD HH:MM:SS`. */
export function wallClock(moment: Date, timezone: string): string {
  if (timezone === 'UTC') return moment.toISOString().slice(0, 19).replace('T', ' ');
  let clock = clocks.get(timezone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    clocks.set(timezone, clock);
  }
  return clock.format(moment);
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
