/**
 * Finds the sessions that one may have been forked from, its elders. A fork's file begins with the same message as the
 * original (the same uuid), under its own session id, and its own life began later.
 *
 * Before that message are lines that the client wrote when it made the file: copied snapshots of edited files and the
 * one of the fork's own first prompt, or, without a terminal, a queue-operation. The latest time among them is when the
 * file's own life began, even if the file was moved since. If the head of either file has no such time, the files'
 * creation times decide.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readLines } from '../../base/json-scan/lines.js';
import { Picker } from '../../base/json-scan/pick.js';
import { identify } from '../identity.js';
import { asObject, asText, type Json } from '../../base/json/json.js';
import type { EpochMs } from '../../base/time/units.js';

/** What identifies a session's family, and its age within it. */
export interface Descent {
  path: string;
  /** Hash of the first message's uuid; empty if the file has none yet. */
  root: string;
  /** Creation time of the file. */
  born: EpochMs;
  /** Time when its own life began, according to its head; null if the head does not say. */
  begun: EpochMs | null;
}

const headPicker = new Picker({
  keys: { type: {}, uuid: {}, timestamp: { time: true }, snapshot: { keys: { timestamp: { time: true } } } },
});

/** Lines that are searched for the first message: the client's own lines come first, one per copied prompt. */
const HEAD_LINES = 2_000;

/** Bytes per read: the first chunk is mostly enough. */
const HEAD_BYTES = 1 << 14;

/** Thrown to stop reading once the head is known. */
const enough = new Error('enough');

/** Reads the head of a file; undefined if it cannot be read. */
export function descentOf(path: string): Descent | undefined {
  let root = '';
  let begun: number | null = null;
  let lines = 0;
  try {
    readLines(
      path,
      (from, to) => {
        lines += 1;
        const line = headPicker.pick(from, to);
        const uuid = asText(line?.uuid);
        if (uuid !== undefined && (line?.type === 'user' || line?.type === 'assistant')) {
          root = identify('root', uuid).slice(0, 12);
          throw enough;
        }
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
    return { path, root, born: statSync(path).birthtimeMs, begun };
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

/** The members of a family that are older than this one. */
export function eldersOf(one: Descent, family: readonly Descent[]): string[] {
  return family
    .filter((other) => other.path !== one.path && one.root !== '' && other.root === one.root)
    .filter((other) => isOlder(other, one))
    .map(({ path }) => path);
}

function isOlder(one: Descent, other: Descent): boolean {
  const byHead = one.begun === null || other.begun === null ? 0 : one.begun - other.begun;
  const age = byHead === 0 ? one.born - other.born : byHead;
  return age < 0 || (age === 0 && one.path < other.path);
}

/** Finds a session's elders among the files in its folder. */
export function findElders(mainPath: string): string[] {
  const one = descentOf(mainPath);
  if (one === undefined || one.root === '') return [];
  const folder = dirname(mainPath);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const family = names
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => descentOf(join(folder, name)) ?? []);
  return eldersOf(one, family);
}
