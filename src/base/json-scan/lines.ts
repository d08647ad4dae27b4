/** Reads the lines of a file of any size into the walker's memory, chunk by chunk; no single line is copied. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { NotReadable, openRegular } from '../regular-file/open.js';
import { bytes, INPUT_AT, leaveRoom, makeRoom, walker } from './memory.js';

const CHUNK_BYTES = 1 << 20;

/** A longer line is skipped: no response is that long. */
const LONGEST_LINE = 1 << 26;

/**
 * Largest file that is read, bytes. No transcript is larger, but a sparse file can claim any size, and reading it would
 * never end.
 */
const LARGEST_FILE = 2 ** 33;

/** A file that is not in UTF-8. */
export class NotUtf8 extends Error {
  override name = 'NotUtf8';
}

/** Takes one line, given as a range of the walker's memory. `end` is the offset in the file after its line break. */
export type TakeLine = (from: number, to: number, end: number) => void;

/** The result of reading a file. */
export interface LinesRead {
  /** Offset after the last complete line; the rest is still being written. */
  offset: number;
  /** Lines that were skipped because they are too long. */
  tooLong: number;
}

/**
 * Passes each complete line of a file to `take`, without its line break; a last line without one is left for the next
 * read. A byte-order mark at the beginning is skipped. Blocks: for processes and threads where nothing else waits.
 *
 * @param chunkBytes bytes per read, for a caller that needs only the first lines
 * @param takeRest takes a last line without a line break as well: it is still being written, or nobody will end it
 * @throws {NotUtf8} for a file with a byte-order mark of UTF-16
 */
export function readLines(
  path: string,
  take: TakeLine,
  chunkBytes = CHUNK_BYTES,
  takeRest?: TakeLine,
): LinesRead {
  const file = openRegular(path);
  try {
    if (fstatSync(file).size > LARGEST_FILE) throw new NotReadable(`${path} is larger than any transcript`);
    let room = chunkBytes;
    makeRoom(room);
    let offset = 0; // file offset of the start of the buffer
    let held = 0; // bytes in the buffer, without a line break
    let passing = false; // inside a line that is too long
    let tooLong = 0;
    for (;;) {
      const got = readSync(file, bytes, INPUT_AT + held, room - held, offset + held);
      if (got === 0) {
        const from = INPUT_AT + (offset === 0 && held > 0 ? markLength(path) : 0);
        if (held > 0 && !passing) takeRest?.(from, INPUT_AT + held, offset + held);
        return { offset, tooLong };
      }
      const end = INPUT_AT + held + got;
      let from = INPUT_AT;
      for (let to = walker.findBreak(from + held, end); to !== 0; to = walker.findBreak(from, end)) {
        if (offset === 0 && from === INPUT_AT) from += markLength(path);
        if (!passing) take(from, to, offset + to + 1 - INPUT_AT);
        passing = false;
        from = to + 1;
      }
      offset += from - INPUT_AT;
      held = end - from;
      if (from > INPUT_AT) bytes.copyWithin(INPUT_AT, from, end);
      if (held < room) continue;
      if (passing || room >= LONGEST_LINE) {
        tooLong += passing ? 0 : 1;
        passing = true;
        offset += held;
        held = 0;
      } else {
        room *= 4;
        makeRoom(room);
      }
    }
  } finally {
    closeSync(file);
    leaveRoom();
  }
}

/** Length of the byte-order mark of UTF-8 that the input begins with; 0 if there is none. */
function markLength(path: string): number {
  const [first, second, third] = [bytes[INPUT_AT], bytes[INPUT_AT + 1], bytes[INPUT_AT + 2]];
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new NotUtf8(`${path} is in UTF-16; convert it to UTF-8`);
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
}
