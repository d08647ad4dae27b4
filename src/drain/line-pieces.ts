/** Reads emitted events line by line, without holding more of a damaged file in memory than a few megabytes. */
import type { FileHandle } from 'node:fs/promises';
import { placeToCut } from './emitted-line.js';

const LINE_FEED = 0x0a;

/** A line, or a part of one that is too long for an event: line feeds before it were damaged. */
export interface LinePiece {
  bytes: Buffer;
  /** Number of the line in the file, from 1. */
  line: number;
  /** Whether an earlier piece has the start of the line. */
  continues: boolean;
}

/**
 * The lines of a file. A line of more than `most` bytes comes in pieces, cut between its events.
 *
 * @param most must be more than the longest event has
 */
export async function* linePieces(file: FileHandle, most: number): AsyncGenerator<LinePiece> {
  let held: Buffer[] = [];
  let size = 0;
  let line = 1;
  let continues = false;
  const piece = (): LinePiece => ({ bytes: Buffer.concat(held), line, continues });
  for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      held.push(chunk.subarray(from, at));
      yield piece();
      [held, size, line, continues] = [[], 0, line + 1, false];
      from = at + 1;
    }
    held.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size <= most) continue;
    const { bytes } = piece();
    const cut = placeToCut(bytes);
    yield { bytes: bytes.subarray(0, cut), line, continues };
    const rest = bytes.subarray(cut);
    [held, size, continues] = [[rest], rest.length, true];
  }
  if (size > 0) yield piece();
}
