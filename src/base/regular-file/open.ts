/**
 * Opens files whose path comes from outside, or whose folder others can write to. Opening a FIFO, a device or a socket
 * can block forever, so only regular files are opened.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';

/** A path that is not a regular file, or a file that is too large. The message contains the path. */
export class NotReadable extends Error {
  override name = 'NotReadable';
}

/** O_NONBLOCK: does not wait for a writer if a FIFO takes the file's place between the check and the opening. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

const APPEND_FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Size limit of settings files, payloads and other small files, bytes. */
export const MOST_BYTES = 64 * 1024 ** 2;

/** @throws {NotReadable} if it is not a regular file */
export function refuseUnlessRegular(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new NotReadable(`${path} is not a regular file`);
}

/**
 * Opens a regular file for reading. Follows links.
 *
 * @returns its descriptor
 * @throws {NotReadable} if it is not a regular file; else the operating system's error
 */
export function openRegular(path: string): number {
  // Checked before opening: merely opening some devices has an effect.
  refuseUnlessRegular(path, statSync(path));
  return checked(path, openSync(path, READ_FLAGS));
}

/** Opens a regular file for appending; makes it, readable by the owner only, if it is missing. */
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
 * The bytes of a regular file.
 *
 * @throws {NotReadable} if it is not a regular file or larger than `most` bytes; else the operating system's error
 */
export function readRegularBytes(path: string, most = MOST_BYTES): Buffer {
  const file = openRegular(path);
  try {
    const { size } = fstatSync(file);
    // One byte more than the reported size: files below /proc report 0, and others may grow while they are read.
    let bytes = Buffer.alloc(Math.min(size, most) + 1);
    let held = 0;
    for (;;) {
      const got = readSync(file, bytes, held, bytes.length - held, null);
      held += got;
      if (held > most) throw new NotReadable(`${path} is larger than ${most} bytes`);
      if (got === 0) return bytes.subarray(0, held);
      if (held === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * held + 4_096, most + 1));
    }
  } finally {
    closeSync(file);
  }
}

/** The text of a regular file, by the rules of {@link readRegularBytes}. */
export function readRegular(path: string, most = MOST_BYTES): string {
  return readRegularBytes(path, most).toString('utf8');
}

/** The text of a regular file; empty if it is missing, larger than `most` bytes, or cannot be read. */
export function textOrEmpty(path: string, most = MOST_BYTES): string {
  try {
    return readRegular(path, most);
  } catch {
    return '';
  }
}
