/** Reads the end of a file that may be large. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { openRegular } from './open.js';

/**
 * The whole lines in the last bytes of a regular file.
 *
 * @throws {NotReadable} if it is not a regular file; else the operating system's error
 */
export function readEnd(path: string, bytes: number): string {
  const file = openRegular(path);
  try {
    const { size } = fstatSync(file);
    // The byte before tells whether a line begins there.
    const start = Math.max(0, size - bytes - 1);
    const end = Buffer.alloc(size - start);
    const text = end.toString('utf8', 0, readSync(file, end, 0, end.length, start));
    return start === 0 && size <= bytes ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(file);
  }
}
