/**
 * Appends lines to a file that any number of processes append to, and that one process may rename or replace at any
 * time. Without locks, so that emitting never waits.
 *
 * The promise: once {@link appendLine} has returned without an error, the whole line is in the file at the path, or in
 * a file that was renamed away after the line was in it.
 */
import { closeSync, constants, fstatSync, openSync, statSync, writeSync, type Stats } from 'node:fs';

/** A FIFO or a link at the path is refused: the open neither blocks nor follows it. */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** Size limit of a file that is never emptied, bytes. */
const MOST_BYTES = 256 * 1024 ** 2;
/** Size limit of a line with its line feed, bytes. */
export const LONGEST_LINE = 1024 ** 2;

/**
 * Appends one line with a single write. Throws errors of the operating system.
 *
 * Whoever takes the file away renames it before reading it. So if the path still names the same file after the write,
 * the line will be read. Otherwise that is uncertain, and the line is written again to the new file. It may then exist
 * twice, with the same event id.
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
    if (!opened.isFile()) throw new Error(`${file} is not a file`);
    if (opened.size > MOST_BYTES) throw new Error(`${file} is full: nothing has emptied it for a long time`);
    const written = writeSync(descriptor, bytes);
    if (written < bytes.length) {
      // The disk is full. The incomplete line must not swallow the next one.
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
