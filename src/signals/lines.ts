/**
 * The lines of a file of any size, read in one buffer that is used again: no line is copied but as a whole chunk.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;

/** A line that is longer than this is passed over: no response is, and a string could not hold it. */
const LONGEST_LINE = 1 << 26;

/**
 * Takes one line: it stands between two places of the text, which is UTF-8 read as Latin-1 (one character a
 * byte). `offset` is where in the file the text begins.
 */
export type TakeLine = (text: string, from: number, to: number, offset: number) => void;

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
 * @param buffers where a caller that reads many files keeps the buffer between them
 */
export function readLines(path: string, take: TakeLine, buffers: { chunk?: Buffer } = {}): LinesRead {
  let chunk = buffers.chunk ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const file = openSync(path, 'r');
  try {
    let offset = 0; // of the chunk's begin in the file
    let held = 0; // bytes in the chunk
    let scanned = 0; // of these, without a line break
    let passing = false; // over a line that is too long
    let tooLong = 0;
    for (;;) {
      const got = readSync(file, chunk, held, chunk.length - held, offset + held);
      if (got === 0) return { offset, tooLong };
      held += got;
      const breakAt = chunk.subarray(scanned, held).lastIndexOf(0x0a);
      if (breakAt >= 0) {
        const whole = scanned + breakAt + 1;
        const text = chunk.toString('latin1', 0, whole);
        let from = 0;
        if (passing) {
          from = text.indexOf('\n') + 1;
          passing = false;
        }
        for (; from < whole;) {
          const to = text.indexOf('\n', from);
          take(text, from, to, offset);
          from = to + 1;
        }
        chunk.copyWithin(0, whole, held);
        held -= whole;
        offset += whole;
        scanned = held;
      } else if (held < chunk.length) scanned = held;
      else if (passing) {
        offset += held;
        held = scanned = 0;
      } else if (chunk.length >= LONGEST_LINE) {
        passing = true;
        tooLong += 1;
        offset += held;
        held = scanned = 0;
      } else {
        scanned = held;
        const larger = Buffer.allocUnsafeSlow(chunk.length * 4);
        chunk.copy(larger, 0, 0, held);
        chunk = larger;
      }
    }
  } finally {
    closeSync(file);
    if (chunk.length <= 4 * CHUNK_BYTES) buffers.chunk = chunk;
  }
}
