/** Which part of a file was read before: nothing, if the file was replaced. */
import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { openRegular } from '../base/regular-file/open.js';
import type { FileStamp } from './discover.js';
import type { FileRead } from './state.js';

/** Bytes at the beginning of the file, and before the offset, that must be unchanged in an appended file. */
const CHECKED_BYTES = 2_048;

/** Offset up to which a file need not be read again: 0 if it was never read or was rewritten since. */
export function knownUntil(file: FileStamp, read: FileRead | undefined): number {
  if (read === undefined || file.bytes < read.offset) return 0;
  return checkOf(file.path, read.offset) === read.check ? read.offset : 0;
}

/** Fingerprint of the beginning of a file and of the bytes before an offset; empty if the file cannot be read. */
export function checkOf(path: string, offset: number): string {
  if (offset === 0) return '';
  const length = Math.min(CHECKED_BYTES, offset);
  const bytes = Buffer.alloc(2 * length);
  let file: number;
  try {
    file = openRegular(path);
  } catch {
    return '';
  }
  try {
    readSync(file, bytes, 0, length, 0);
    readSync(file, bytes, length, length, offset - length);
  } finally {
    closeSync(file);
  }
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 12);
}
