/**
 * Opening files whose name came from outside, or that lie where others can put something else in their place. A FIFO,
 * a device or a socket can hold a reader for ever, so only regular files are opened.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';

/** What is in a file's place and is no file, or is too large. The message names the path. */
export class NotReadable extends Error {
  override name = 'NotReadable';
}

/** Without waiting for a writer, should a FIFO take the file's place between the look at it and the opening. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

const APPEND_FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

/** No settings file, payload or other small file is larger than this, bytes. */
export const MOST_BYTES = 64 * 1024 ** 2;

/** @throws {NotReadable} where it is no regular file */
export function refuseUnlessRegular(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new NotReadable(`${path} is not a regular file`);
}

/**
 * Opens a regular file for reading. Links are followed.
 *
 * @returns its descriptor
 * @throws {NotReadable} where it is no regular file; else what the operating system says
 */
export function openRegular(path: string): number {
  // Looked at first: to open some devices is to use them.
  refuseUnlessRegular(path, statSync(path));
  return checked(path, openSync(path, READ_FLAGS));
}

/** Opens a regular file for appending, and makes it for its owner alone where there is none. */
export function openToAppend(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) refuseUnlessRegular(path, found);
  return checked(path, openSync(path, APPEND_FLAGS, 0o600));
}

function checked(path: string, file: number): number {
  try {
    refuseUnlessRegular(path, fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * The text of a regular file.
 *
 * @throws {NotReadable} where it is no regular file or larger than `most` bytes; else what the operating system says
 */
export function readRegular(path: string, most = MOST_BYTES): string {
  const file = openRegular(path);
  try {
    const { size } = fstatSync(file);
    // One byte more than is told: a file below /proc tells none, another may grow while it is read.
    let bytes = Buffer.alloc(Math.min(size, most) + 1);
    let held = 0;
    for (;;) {
      const got = readSync(file, bytes, held, bytes.length - held, null);
      held += got;
      if (held > most) throw new NotReadable(`${path} is larger than ${most} bytes`);
      if (got === 0) return bytes.toString('utf8', 0, held);
      if (held === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * held + 4_096, most + 1));
    }
  } finally {
    closeSync(file);
  }
}

/** The text of a regular file; empty where there is none that can be read. */
export function textOrEmpty(path: string): string {
  try {
    return readRegular(path);
  } catch {
    return '';
  }
}
