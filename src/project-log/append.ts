/**
 * Lines in a file that any number of processes append to, and that one process may rename away or replace at
 * any time. No locks: nobody who emits ever waits.
 *
 * The promise: once {@link appendLine} has returned without a problem, the line is whole in the file that the
 * path names, or in one that was renamed away after the line was in it.
 */
import { closeSync, constants, fstatSync, openSync, statSync, writeSync, type Stats } from 'node:fs';

/** Not blocking and not following: a FIFO or a link in the file's place is refused, not waited for or written through. */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** A file that nobody empties is not filled beyond this, bytes. */
const MOST_BYTES = 256 * 1024 ** 2;
const LONGEST_LINE = 1024 ** 2;

/**
 * Appends one line with one write. Throws what the operating system will not do.
 *
 * Whoever takes the file renames it first and reads it then. So a line that is written while the path still
 * names this file is read; if it names another one by now, nobody knows, and the line is written again there.
 * Such a line can be there twice: it carries its identity.
 */
export function appendLine(file: string, line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  if (bytes.length > LONGEST_LINE) throw new Error(`the event is longer than ${LONGEST_LINE} bytes`);
  while (!appendOnce(file, bytes));
}

/** Whether the path named the same file before and after the write. */
function appendOnce(file: string, bytes: Buffer): boolean {
  const descriptor = openSync(file, FLAGS, 0o600);
  try {
    const opened = fstatSync(descriptor);
    if (!opened.isFile()) throw new Error(`${file} is no file`);
    if (opened.size > MOST_BYTES) throw new Error(`${file} is full: nothing has drained it for long`);
    const written = writeSync(descriptor, bytes);
    if (written < bytes.length) {
      // The disk is full. What is torn must not swallow the next line.
      writeSync(descriptor, '\n');
      throw new Error(`${file}: no space left`);
    }
    return isSameFile(file, opened);
  } finally {
    closeSync(descriptor);
  }
}

function isSameFile(file: string, opened: Stats): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  return now?.ino === opened.ino && now.dev === opened.dev;
}
