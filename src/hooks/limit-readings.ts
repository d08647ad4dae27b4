/**
 * Keeps the readings of the plan's limits that the client hands to the status line: a reading that tells something new
 * goes to the inbox, as a hook's payload does. It uses only node:fs, because Claude Code waits for the status line.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readRegular } from '../base/regular-file/open.js';
import type { EpochMs } from '../base/time/units.js';

/** A reading of one limit, as the client gives it. */
interface Reading {
  /** Used part, percent; absent for a limit in money. */
  used_percentage?: number;
  /** When the limit begins anew, seconds since 1970. */
  resets_at?: number;
  used_usd?: number;
  limit_usd?: number;
}

type Readings = Record<string, Reading>;

const FIELDS = ['used_percentage', 'resets_at', 'used_usd', 'limit_usd'] as const;

/** The most limits and the longest name that are kept: the client has three. */
const MOST_LIMITS = 20;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Reads `rate_limits` of the status line's input. What is no number is left out, and so is a limit without any use. */
function readingsIn(rateLimits: unknown): Readings {
  if (typeof rateLimits !== 'object' || rateLimits === null) return {};
  const found: Readings = {};
  for (const [name, value] of Object.entries(rateLimits).slice(0, MOST_LIMITS)) {
    if (!NAME.test(name) || typeof value !== 'object' || value === null) continue;
    const reading: Reading = {};
    for (const field of FIELDS) {
      const number = (value as Record<string, unknown>)[field];
      if (typeof number === 'number' && Number.isFinite(number) && number >= 0) reading[field] = number;
    }
    if (used(reading) !== undefined) found[name] = reading;
  }
  return found;
}

/** No limit lasts longer, milliseconds: a later end, such as one in another unit, must not hold up true readings. */
const LONGEST_PERIOD_MS = 400 * 24 * 3600_000;

/** Times of reset that differ by less are the same one, seconds, as for the pipe limit_windows. */
const JITTER = 60;

/**
 * The readings that tell something new. A session that is idle repeats what its last answer said, and several sessions
 * run at once: within one period a limit's use only grows, so a smaller one, and one of an earlier period, is old.
 */
function news(seen: Readings, known: Readings, now: EpochMs): Readings {
  return Object.fromEntries(
    Object.entries(seen).filter(([name, reading]) => {
      const before = known[name];
      if (before === undefined) return true;
      const [more, resets, resetBefore] = [usedMore(reading, before), reading.resets_at, before.resets_at];
      if (resets === undefined || resetBefore === undefined || Math.abs(resets - resetBefore) < JITTER)
        return more > 0;
      // Also after both periods: idle sessions of two periods would each be new after the other.
      return resets > resetBefore || resetBefore * 1_000 > now + LONGEST_PERIOD_MS;
    }),
  );
}

const used = ({ used_percentage: share, used_usd: money }: Reading) => share ?? money;

const usedMore = (reading: Reading, before: Reading) => (used(reading) ?? 0) - (used(before) ?? 0);

/**
 * Puts what is new into the inbox of a telemetry folder. Does nothing if there is none.
 *
 * @param cwd the session's folder, which decides the privacy tier
 */
export function noteLimits(rateLimits: unknown, cwd: unknown, home: string, now: EpochMs): void {
  const seen = readingsIn(rateLimits);
  if (Object.keys(seen).length === 0 || !existsSync(home)) return;
  const file = `${home}/contexts/limits.statusline`;
  const known = readKnown(file);
  const fresh = news(seen, known, now);
  if (Object.keys(fresh).length === 0) return;
  for (const folder of ['contexts', 'inbox'])
    mkdirSync(`${home}/${folder}`, { recursive: true, mode: 0o700 });
  // First what is known: a reading that cannot be remembered would be written again and again.
  putInPlace(file, JSON.stringify({ ...known, ...fresh }));
  const payload = `${file}.${process.pid}`;
  writeNew(payload, JSON.stringify({ hook_event_name: 'StatusLine', cwd, rate_limits: fresh }));
  renameSync(payload, `${home}/inbox/limits-${now}-${process.pid}.json`);
}

/** The last readings; none if the file is missing or damaged. */
function readKnown(file: string): Readings {
  try {
    return readingsIn(JSON.parse(readRegular(file)));
  } catch {
    return {};
  }
}

/** Writes a temporary file and renames it, so that whatever is at the path is not opened. */
export function putInPlace(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  writeNew(temporary, text);
  try {
    renameSync(temporary, file);
  } catch (error) {
    // There is a folder at the path.
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeNew(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
}
