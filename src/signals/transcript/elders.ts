/**
 * Which sessions one may have been forked from. A fork's file begins with the same message as the original's (the
 * same uuid), under its own session id, and its own life began later.
 *
 * Before that message stand lines that the client wrote when it made the file: the copied snapshots of edited files
 * and the one of the first prompt of its own, or, without a terminal, a queue-operation. The newest time among them
 * tells when the file's own life began, wherever the file was moved since. Where the head of one of two files tells
 * nothing, the files' own times of birth must.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readLines } from '../../base/json-scan/lines.js';
import { Picker } from '../../base/json-scan/pick.js';
import { identify } from '../identity.js';
import { asObject, asText, type Json } from '../../base/json/json.js';
import type { EpochMs } from '../../base/time/units.js';

/** What tells a session's family, and its place in it. */
export interface Descent {
  path: string;
  /** Fingerprint of the first message's uuid; empty if the file has none (yet). */
  root: string;
  /** When the file was made. */
  born: EpochMs;
  /** When its own life began, as its head tells; null where it does not. */
  begun: EpochMs | null;
}

const headPicker = new Picker({
  keys: { type: {}, uuid: {}, timestamp: { time: true }, snapshot: { keys: { timestamp: { time: true } } } },
});

/** Lines that are looked at for the first message: before it stand the client's own, one for each copied prompt. */
const HEAD_LINES = 2_000;

/** How much of a file is read at a time: mostly, its beginning is enough. */
const HEAD_BYTES = 1 << 14;

/** Stops the reading of a file whose rest is of no interest. */
const enough = new Error('enough');

/** Reads as much of a file as tells its family; undefined where it cannot be read. */
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

/** The members of a family that are older than one of them. */
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

/** Looks for a session's elders among the files beside it. */
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
