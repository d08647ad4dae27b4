/**
 * Finds the sessions that one may have been forked from, its elders. A fork's file begins with the same messages as the
 * original (the same uuids), under its own session id, and its own life began later. The fork of a session that was
 * compacted begins with the compaction, which is further down in the original.
 *
 * Before these messages are lines that the client wrote when it made the file: copied snapshots of edited files and the
 * one of the fork's own first prompt, or, without a terminal, a queue-operation. The latest time among them is when the
 * file's own life began, even if the file was moved since. If the head of either file has no such time, the prompts of
 * both decide (original.ts), else the files' creation times.
 */
import { closeSync, readdirSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readLines } from '../../base/json-scan/lines.js';
import { Picker } from '../../base/json-scan/pick.js';
import { openRegular } from '../../base/regular-file/open.js';
import { isStoreTime } from '../../base/time/store-time.js';
import { isAgentFile } from './agent-file.js';
import { identify } from '../identity.js';
import { Originals } from './original.js';
import { sessionIdOf } from './session-id.js';
import { asObject, asText, type Json } from '../../base/json/json.js';
import type { EpochMs } from '../../base/time/units.js';

/** What identifies a session's family, and its age within it. */
export interface Descent {
  path: string;
  /**
   * Hashes of the uuids of the first messages, separated by blanks; empty if the file has none yet. More than one,
   * because the first line of either file may be damaged.
   */
  root: string;
  /** Creation time of the file. */
  born: EpochMs;
  /** Time when its own life began, according to its head; null if the head does not say. */
  begun: EpochMs | null;
  /** Uuid of the first message if a compaction comes before it, else empty. Not known of a session read earlier. */
  compacted?: string;
}

const headPicker = new Picker({
  keys: {
    type: {},
    subtype: {},
    uuid: {},
    timestamp: { time: true },
    snapshot: { keys: { timestamp: { time: true } } },
  },
});

/** Messages that are compared. */
const FIRST_MESSAGES = 3;

/** Lines that are searched for the first message: the client's own lines come first, one per copied prompt. */
const HEAD_LINES = 2_000;

/** Bytes per read: the first chunk is mostly enough. */
const HEAD_BYTES = 1 << 14;

/** Thrown to stop reading once the head is known. */
const enough = new Error('enough');

/** Reads the head of a file; undefined if it cannot be read. */
export function descentOf(path: string): Descent | undefined {
  const roots: string[] = [];
  let compacted = '';
  let isCompacted = false;
  let begun: number | null = null;
  let lines = 0;
  try {
    readLines(
      path,
      (from, to, end) => {
        lines += 1;
        const line = headPicker.pick(from, to);
        const uuid = asText(line?.uuid);
        if (uuid !== undefined && (line?.type === 'user' || line?.type === 'assistant')) {
          if (roots.length === 0 && isCompacted) compacted = uuid;
          roots.push(identify('root', uuid).slice(0, 12));
          if (roots.length === FIRST_MESSAGES) throw enough;
        }
        if (roots.length > 0) {
          // The others are a precaution, not worth another read.
          if (end > HEAD_BYTES) throw enough;
          return;
        }
        isCompacted ||= line?.type === 'system' && line.subtype === 'compact_boundary';
        const at = ownTime(line);
        if (at !== null && (begun === null || at > begun)) begun = at;
        if (lines >= HEAD_LINES) throw enough;
      },
      HEAD_BYTES,
    );
  } catch (error) {
    if (error !== enough) return undefined;
  }
  try {
    return { path, root: roots.join(' '), born: statSync(path).birthtimeMs, begun, compacted };
  } catch {
    return undefined;
  }
}

/** The time of a line that the client writes when it makes a file; null for other lines. */
function ownTime(line: Json | undefined): number | null {
  const isSnapshot = line?.type === 'file-history-snapshot';
  if (!isSnapshot && line?.type !== 'queue-operation') return null;
  const { timestamp } = (isSnapshot ? asObject(line.snapshot) : line) ?? {};
  return typeof timestamp === 'number' ? timestamp : null;
}

/** Sessions by the hashes of their first messages: those with a common one are a family. */
export class Families {
  readonly #members = new Map<string, Descent[]>();
  readonly #originals = new Originals();

  constructor(all: Iterable<Descent>) {
    for (const one of all)
      for (const root of rootsOf(one)) {
        const members = this.#members.get(root);
        if (members === undefined) this.#members.set(root, [one]);
        else members.push(one);
      }
  }

  /** Main files of the older members of a session's family. Files of the session itself are parts of it. */
  eldersOf(one: Descent): string[] {
    const found = new Set<string>();
    for (const root of rootsOf(one))
      for (const other of this.#members.get(root) ?? [])
        if (!isSameSession(other, one) && isOlder(other, one, this.#originals)) found.add(other.path);
    return [...found];
  }
}

function isSameSession(one: { path: string }, other: { path: string }): boolean {
  return sessionIdOf(one.path) === sessionIdOf(other.path);
}

function rootsOf({ root }: Descent): string[] {
  return root === '' ? [] : root.split(' ');
}

function isOlder(one: Descent, other: Descent, originals: Originals): boolean {
  const byHead = one.begun === null || other.begun === null ? 0 : one.begun - other.begun;
  const age = byHead || originals.compare(one.path, other.path) || one.born - other.born;
  return age < 0 || (age === 0 && one.path < other.path);
}

/** Finds a session's elders among the files in its folder. */
export function findElders(mainPath: string): string[] {
  const one = descentOf(mainPath);
  if (one === undefined || one.root === '') return [];
  const family = mainFilesIn(dirname(mainPath)).flatMap((path) => descentOf(path) ?? []);
  return [...new Families(family).eldersOf(one), ...(findCompacted([one]).get(mainPath) ?? [])];
}

/** The main files in a folder. */
function mainFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl') && !isAgentFile(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/**
 * Finds the originals of forks that begin with a compaction: the files in the same folder that have the first message
 * after the compaction, but not at their beginning. Reads all files of a folder that has such a fork.
 *
 * @returns main files of the originals, by the path of the fork
 */
export function findCompacted(forks: Iterable<Descent>): Map<string, string[]> {
  const byFolder = new Map<string, Descent[]>();
  for (const one of forks)
    if ((one.compacted ?? '') !== '') {
      const folder = dirname(one.path);
      byFolder.set(folder, [...(byFolder.get(folder) ?? []), one]);
    }
  const found = new Map<string, string[]>();
  for (const [folder, some] of byFolder)
    for (const path of mainFilesIn(folder)) {
      const sought = some.filter((one) => !isSameSession(one, { path }));
      const held = uuidsHeld(path, new Set(sought.map(({ compacted }) => compacted ?? '')));
      if (held.size === 0) continue;
      const { compacted } = descentOf(path) ?? {};
      for (const one of sought)
        if (held.has(one.compacted ?? '') && one.compacted !== compacted)
          found.set(one.path, [...(found.get(one.path) ?? []), path]);
    }
  return found;
}

const SEARCH_BYTES = 1 << 20;

/** Longest uuid that is searched for, with its name: pieces of a file overlap by this much, bytes. */
const OVERLAP = 256;

/** Which of the uuids are those of lines of a file. */
function uuidsHeld(path: string, uuids: ReadonlySet<string>): Set<string> {
  const held = new Set<string>();
  if (uuids.size === 0) return held;
  let file: number;
  try {
    file = openRegular(path);
  } catch {
    return held;
  }
  try {
    const piece = Buffer.alloc(SEARCH_BYTES);
    for (let offset = 0; ;) {
      const got = readSync(file, piece, 0, SEARCH_BYTES, offset);
      const text = piece.subarray(0, got);
      for (const uuid of uuids) if (text.includes(`"uuid":"${uuid}"`)) held.add(uuid);
      if (got < SEARCH_BYTES || held.size === uuids.size) return held;
      offset += got - OVERLAP;
    }
  } catch {
    return held;
  } finally {
    closeSync(file);
  }
}

const linePicker = new Picker({
  keys: { uuid: {}, requestId: {}, timestamp: { time: true } },
});

/**
 * Time of the last line or response that an older file also has; null if there is none. Some clients gave copied lines
 * uuids of their own, but never the responses.
 */
export function lastShared(mainPaths: readonly string[], elders: readonly string[]): number | null {
  if (elders.length === 0) return null;
  const known = new Set<string>();
  for (const path of elders) eachLine(path, (ids) => ids.forEach((id) => known.add(id)));
  let last: number | null = null;
  for (const path of mainPaths)
    eachLine(path, (ids, at) => {
      if (at !== null && (last === null || at > last) && ids.some((id) => known.has(id))) last = at;
    });
  return last;
}

/** Passes each line of a file with the ids that a copy of it keeps, and its time; null if it cannot be stored. */
function eachLine(path: string, take: (ids: string[], at: EpochMs | null) => void): void {
  try {
    const takeLine = (from: number, to: number) => {
      const line = linePicker.pick(from, to);
      if (line === undefined) return;
      const { timestamp } = line;
      const ids = [asText(line.uuid), asText(line.requestId)].filter((id) => id !== undefined);
      take(ids, typeof timestamp === 'number' && isStoreTime(timestamp) ? timestamp : null);
    };
    readLines(path, takeLine, undefined, takeLine);
  } catch {
    // A file that cannot be read shares nothing.
  }
}
