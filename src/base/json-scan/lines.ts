/**
 * The lines of a file of any size, read into the picker's memory: no line is copied but as a whole chunk.
 */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { NotReadable, openRegular } from '../regular-file/open.js';
import { bytes, INPUT_AT, leaveRoom, makeRoom, walker } from './memory.js';

const CHUNK_BYTES = 1 << 20;

/** A line that is longer than this is passed over: no response is. */
const LONGEST_LINE = 1 << 26;

/** No transcript is larger, bytes: a file with holes can seem to be of any size, and reading it would never end. */
const LARGEST_FILE = 2 ** 33;

/** Takes one line: it stands between two places of the picker's memory. `end` is where it ends in the file. */
export type TakeLine = (from: number, to: number, end: number) => void;

/** What reading a file came to. */
export interface LinesRead {
  /** Where the last whole line ends: what is behind it was not written to its end yet. */
  offset: number;
  /** Lines that were too long to be looked at. */
  tooLong: number;
}

/**
 * Hands over each whole line of a file, without its line break; what stands behind the last line break is left
 * for the next time. Blocks, and is for processes and threads where nobody waits.
 *
 * @param chunkBytes how much is read at a time, for a caller that wants the first lines alone
 */
export function readLines(path: string, take: TakeLine, chunkBytes = CHUNK_BYTES): LinesRead {
  const file = openRegular(path);
  try {
    if (fstatSync(file).size > LARGEST_FILE) throw new NotReadable(`${path} is larger than any transcript`);
    let room = chunkBytes;
    makeRoom(room);
    let offset = 0; // of the room's begin in the file
    let held = 0; // bytes in the room, none of them a line break
    let passing = false; // over a line that is too long
    let tooLong = 0;
    for (;;) {
      const got = readSync(file, bytes, INPUT_AT + held, room - held, offset + held);
      if (got === 0) return { offset, tooLong };
      const end = INPUT_AT + held + got;
      let from = INPUT_AT;
      for (let to = walker.findBreak(from + held, end); to !== 0; to = walker.findBreak(from, end)) {
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
