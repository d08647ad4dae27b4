/**
 * Emitted events that wait for the drain: one file that every process appends to, and the files that a drain has taken.
 */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegularHandle } from '../base/regular-file/handle.js';
import { NotReadable } from '../base/regular-file/open.js';
import { identify } from '../signals/identity.js';
import { SCHEMA_VERSION } from '../signals/row.js';
import type { Json } from '../base/json/json.js';
import { listFiles } from '../base/files.js';
import { appendLine, LONGEST_LINE } from '../project-log/append.js';
import { makeFolder } from '../base/folder.js';
import { DamagedFolder } from '../spool/damaged.js';
import { eventsBegunIn, readLine, seal } from './emitted-line.js';
import { linePieces } from './line-pieces.js';
import { isMissingFile } from '../base/missing-file.js';

const CURRENT = 'events.ndjson';
const TAKEN = '.taken';
/** Files of events that a newer version wrote, by the version of their layout. */
const NEWER = /^v(\d+)\.newer$/;

/** Number of events that are read into memory at once, and of bytes of damaged pieces. */
const BATCH = 2_000;
const MOST_DAMAGED_BYTES = 4 * 1024 ** 2;

/** Size from which on a line is read in pieces. The longest event has a fourth of it. */
const MOST_LINE_BYTES = 4 * LONGEST_LINE;

/** A part of a taken file. */
export interface EmittedBatch {
  events: { event: Json; lineId: string }[];
  /** Pieces that are not events: cut off by a full disk or a crash, or damaged on disk. */
  damaged: Buffer[];
  /** How many events these pieces stand for: those that begin in them, and at least one per line. */
  lost: number;
}

/** Appends one event, the JSON of an object, with its checksum. Throws errors of the operating system. */
export function appendEmitted(folder: string, json: string): void {
  const file = join(folder, CURRENT);
  const line = seal(json);
  try {
    appendLine(file, line);
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    makeFolder(folder, 0o700);
    appendLine(file, line);
  }
}

/** The folder for damaged emitted events. */
export function damagedEvents(folder: string): DamagedFolder {
  return new DamagedFolder(join(folder, 'damaged'));
}

/** Whether any event is waiting. */
export async function hasEmitted(folder: string): Promise<boolean> {
  return (await filesIn(folder)).length > 0;
}

/** Number of waiting events, including incomplete ones. */
export async function countEmitted(folder: string): Promise<number> {
  const counts = (await filesIn(folder)).map((name) => countLines(join(folder, name)));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function filesIn(folder: string): Promise<string[]> {
  return (await listFiles(folder, '')).filter((name) => name === CURRENT || name.endsWith(TAKEN));
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Number of lines that are not empty; 0 if a drain has taken or finished the file in the meantime. */
async function countLines(file: string): Promise<number> {
  let lines = 0;
  let last = LINE_FEED;
  try {
    const opened = await openRegularHandle(file);
    for await (const chunk of opened.createReadStream() as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (last === LINE_FEED && byte !== LINE_FEED) lines += 1;
        last = byte;
      }
    }
  } catch (error) {
    if (!(error instanceof NotReadable) && !isMissingFile(error)) throw error;
  }
  return lines;
}

/**
 * Takes the file that others append to, by renaming it. Returns the taken files, oldest first, including those that an
 * earlier drain took and did not finish. Each is then {@link readTaken read} and {@link forgetTaken removed}.
 */
export async function takeEmitted(folder: string): Promise<string[]> {
  const name = `${Date.now().toString().padStart(14, '0')}-${randomBytes(4).toString('hex')}${TAKEN}`;
  await rename(join(folder, CURRENT), join(folder, name)).catch((error: unknown) => {
    if (!isMissingFile(error)) throw error;
  });
  // After an update, what a newer version wrote can be read.
  for (const newer of await newerFiles(folder))
    if (newer.layout <= SCHEMA_VERSION)
      await rename(join(folder, newer.name), join(folder, `${newer.name}-${name}`));
  return listFiles(folder, TAKEN);
}

async function newerFiles(folder: string): Promise<{ name: string; layout: number }[]> {
  return (await listFiles(folder, '')).flatMap((name) => {
    const layout = NEWER.exec(name)?.[1];
    return layout === undefined ? [] : [{ name, layout: Number(layout) }];
  });
}

/** The version of an event's layout if it is newer than this one; null if this version can read the event. */
export function newerLayout({ schema_version: version }: Json): number | null {
  return typeof version === 'number' && Number.isInteger(version) && version > SCHEMA_VERSION
    ? version
    : null;
}

/** Keeps an event of a newer layout until a version that knows it takes it. */
export function keepNewer(folder: string, event: Json, layout: number): void {
  appendLine(join(folder, `v${layout}.newer`), seal(JSON.stringify(event)));
}

/** Number of events that wait for a newer version. */
export async function countNewer(folder: string): Promise<number> {
  const counts = (await newerFiles(folder)).map(({ name }) => countLines(join(folder, name)));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/**
 * Reads a taken file, some lines at a time. An event without an id gets one from its file and its position. The same
 * file always gives the same batches.
 */
export async function* readTaken(folder: string, name: string): AsyncGenerator<EmittedBatch> {
  const file = await openRegularHandle(join(folder, name));
  try {
    let batch: EmittedBatch = { events: [], damaged: [], lost: 0 };
    let damagedBytes = 0;
    let place = 0;
    let isCounted = false;
    for await (const { bytes, line, continues } of linePieces(file, MOST_LINE_BYTES)) {
      if (!continues) [place, isCounted] = [0, false];
      // A program that appends its own lines may end them with CR LF.
      const { events, damaged } = readLine(bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes);
      for (const event of events) {
        batch.events.push({ event, lineId: lineId(name, line, place) });
        place += 1;
      }
      for (const piece of damaged) {
        batch.damaged.push(piece);
        // The next piece of a line need not be of another event.
        batch.lost += Math.max(continues && isCounted ? 0 : 1, eventsBegunIn(piece));
        isCounted = true;
        damagedBytes += piece.length;
      }
      if (batch.events.length < BATCH && damagedBytes < MOST_DAMAGED_BYTES) continue;
      yield batch;
      batch = { events: [], damaged: [], lost: 0 };
      damagedBytes = 0;
    }
    if (batch.events.length > 0 || batch.damaged.length > 0) yield batch;
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** The first event of a line gets the id of the line, as in earlier versions. */
function lineId(name: string, line: number, place: number): string {
  return identify('emitted-line', name, String(line), ...(place === 0 ? [] : [String(place)]));
}

/** Removes a taken file whose rows are on disk. */
export async function forgetTaken(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
}
