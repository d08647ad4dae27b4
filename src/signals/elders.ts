/**
 * Which sessions one may have been forked from. A fork's file begins with the same line as the original's (the
 * same uuid) and is younger. Nothing else tells them apart: both carry their own session id on every line.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identify } from './identity.js';
import { asText } from './json.js';
import { readLines } from './lines.js';
import { compileShape, pickObject } from './pick.js';

/** What tells a session's family, and its place in it. */
export interface Descent {
  path: string;
  /** Fingerprint of the first message's uuid; empty if the file has none (yet). */
  root: string;
  /** When the file was made, milliseconds since 1970. */
  born: number;
}

const messageShape = compileShape({ keys: { type: {}, uuid: {} } });

/** Lines that are looked at for the first message: before it stand a few of the client's own. */
const HEAD_LINES = 50;

/** A buffer for beginnings of files; hand it in again to read many. */
export const headBuffer = (): { chunk?: Buffer } => ({ chunk: Buffer.allocUnsafeSlow(1 << 14) });

/** Stops the reading of a file whose rest is of no interest. */
const enough = new Error('enough');

/** Reads as much of a file as tells its family; undefined where it cannot be read. */
export function descentOf(path: string, buffers = headBuffer()): Descent | undefined {
  let root = '';
  let lines = 0;
  try {
    const born = statSync(path).birthtimeMs;
    readLines(
      path,
      (text, from, to) => {
        lines += 1;
        const line = pickObject(text, from, to, messageShape);
        const uuid = asText(line?.uuid);
        if (uuid !== undefined && (line?.type === 'user' || line?.type === 'assistant')) {
          root = identify('root', uuid).slice(0, 12);
          throw enough;
        }
        if (lines >= HEAD_LINES) throw enough;
      },
      buffers,
    );
    return { path, root, born };
  } catch (error) {
    return error === enough ? { path, root, born: statSync(path).birthtimeMs } : undefined;
  }
}

/** The members of a family that are older than one of them. */
export function eldersOf(one: Descent, family: readonly Descent[]): string[] {
  return family
    .filter(
      ({ path, root, born }) =>
        root !== '' &&
        root === one.root &&
        path !== one.path &&
        (born < one.born || (born === one.born && path < one.path)),
    )
    .map(({ path }) => path);
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
  const buffers = headBuffer();
  const family = names
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => descentOf(join(folder, name), buffers) ?? []);
  return eldersOf(one, family);
}
