/**
 * Removes old events from a project's log while others append to it. Readers see the log before or after, never in
 * between, and emitting never waits.
 *
 * The events to keep are written to a new file, which is renamed over the log. Events appended in between are in the
 * old file, which keeps a second name until they are copied: after a crash nothing is lost, and the next run finds that
 * file. A process that appended to the old file after the rename notices that and appends again (append.ts). So an
 * event can be there twice with the same id; the next run keeps one.
 */
import { randomBytes } from 'node:crypto';
import { link, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openRegularHandle } from '../base/regular-file/handle.js';
import { milliseconds, plainEvent } from '../signals/emitted.js';
import { asText } from '../base/json/json.js';
import { appendLine } from './append.js';
import { parseLine } from './line.js';
import { lineBlocks } from './lines.js';
import type { EpochMs } from '../base/time/units.js';
import { isMissingFile } from '../base/missing-file.js';

export interface Pruned {
  /** Events older than the limit. */
  removed: number;
  /** Lines that stay, including those without a readable time. */
  kept: number;
}

export interface PruneOptions {
  /** Count only. */
  dryRun?: boolean;
  /** Called from time to time. */
  onProgress?: (progress: { bytes: number; bytesInAll: number }) => void;
}

/** Receives how many bytes were read. */
type Reach = (bytes: number) => void;

/** Removes the events before a time. Only one run per log at a time: the caller holds a lock. */
export async function pruneLog(
  file: string,
  before: EpochMs,
  { dryRun = false, onProgress }: PruneOptions = {},
): Promise<Pruned> {
  const sieve = new Sieve(before);
  const log = await openRegularHandle(file);
  try {
    const { size, mode } = await log.stat();
    const reach: Reach = (bytes) => onProgress?.({ bytes, bytesInAll: size });
    if (dryRun) {
      await eachLine(log, 0, (line) => sieve.keeps(line), reach);
      return sieve.counts;
    }
    const leftovers = await leftoversOf(file);
    const temporary = besides(file, 'new');
    const end = await writeKept(log, temporary, mode & 0o777, sieve, reach);
    const aside = besides(file, 'old');
    if ((await stat(file)).ino !== (await log.stat()).ino) {
      await rm(temporary, { force: true });
      throw new Error(`${file} was replaced by another process; nothing was removed`);
    }
    // Without hard links, a crash at this very moment would lose the events that are not copied yet.
    await link(file, aside).catch(() => undefined);
    await rename(temporary, file);
    await eachLine(log, end, (line) => {
      if (sieve.keeps(line)) appendLine(file, line);
    });
    for (const leftover of leftovers) await recover(leftover, file, sieve);
    await rm(aside, { force: true });
    return sieve.counts;
  } finally {
    await log.close();
  }
}

/** Decides for each line whether it stays, and counts. */
class Sieve {
  readonly #seen = new Set<string>();
  readonly counts: Pruned = { removed: 0, kept: 0 };

  constructor(private readonly before: number) {}

  keeps(line: string): boolean {
    const found = parseLine(line);
    const event = found === undefined ? undefined : plainEvent(found);
    const id = asText(event?.event_id);
    if (id !== undefined) {
      if (this.#seen.has(id)) return false;
      this.#seen.add(id);
    }
    const at = event === undefined ? undefined : milliseconds(event.timestamp);
    const keeps = at === undefined || at >= this.before;
    this.counts[keeps ? 'kept' : 'removed'] += 1;
    return keeps;
  }

  /** Whether an event was seen before, by its id. An event without an id counts as seen. */
  knows(line: string): boolean {
    const id = asText(parseLine(line)?.event_id);
    return id === undefined || this.#seen.has(id);
  }
}

/** Writes the lines that stay to a new file and flushes it. Returns how many bytes of the log were read. */
async function writeKept(
  log: FileHandle,
  path: string,
  mode: number,
  sieve: Sieve,
  reach: Reach,
): Promise<number> {
  const kept = await open(path, 'wx', mode);
  try {
    let buffer = '';
    const keep = async (line: string) => {
      if (sieve.keeps(line)) buffer += `${line}\n`;
      if (buffer.length < 1024 ** 2) return;
      await kept.write(buffer);
      buffer = '';
    };
    const end = await eachLine(log, 0, keep, reach);
    await kept.write(buffer);
    await kept.sync();
    return end;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await kept.close();
  }
}

/** Copies the events that an interrupted run left behind. */
async function recover(leftover: string, file: string, sieve: Sieve): Promise<void> {
  const old = await openRegularHandle(leftover);
  try {
    await eachLine(old, 0, (line) => {
      if (!sieve.knows(line) && sieve.keeps(line)) appendLine(file, line);
    });
  } finally {
    await old.close();
  }
  await rm(leftover, { force: true });
}

async function leftoversOf(file: string): Promise<string[]> {
  const folder = dirname(file);
  const names = await readdir(folder);
  for (const name of names.filter((one) => one.startsWith(`${basename(file)}.new-`)))
    await rm(join(folder, name), { force: true });
  return names.filter((one) => one.startsWith(`${basename(file)}.old-`)).map((one) => join(folder, one));
}

function besides(file: string, kind: string): string {
  return `${file}.${kind}-${randomBytes(6).toString('hex')}`;
}

/**
 * Passes on every complete, non-empty line from an offset on. Returns the offset after the last one; an incomplete last
 * line is left out.
 */
async function eachLine(
  file: FileHandle,
  from: number,
  take: (line: string) => unknown,
  reach?: Reach,
): Promise<number> {
  let place = from;
  for await (const { lines, end } of lineBlocks(file, from)) {
    for (const line of lines) await take(line);
    place = end;
    reach?.(place);
  }
  return place;
}

/** Whether anything exists at the log's path. Opening it reports what is no log or cannot be read. */
export function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => !isMissingFile(error),
  );
}
