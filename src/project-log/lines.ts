/** Reads the lines of a file block by block. */
import type { FileHandle } from 'node:fs/promises';

const LINE_FEED = 0x0a;

/** The complete lines of one read of a file. */
export interface LineBlock {
  /** Without line feeds and empty lines. */
  lines: string[];
  /** Offset after the last of them. */
  end: number;
  /**
   * The bytes after the last line feed of the file: a torn line, or a complete one without its line feed. Only in the
   * last block.
   */
  rest: string;
}

/** Reads the lines of a file from an offset on, a megabyte at a time. The last block has no lines. */
export async function* lineBlocks(file: FileHandle, from = 0): AsyncGenerator<LineBlock> {
  const chunk = Buffer.alloc(1024 ** 2);
  let rest: Buffer = Buffer.alloc(0);
  let end = from;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, end + rest.length);
    if (bytesRead === 0) break;
    const block: Buffer = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    const last = block.lastIndexOf(LINE_FEED);
    if (last < 0) {
      rest = block;
      continue;
    }
    end += last + 1;
    rest = Buffer.from(block.subarray(last + 1));
    const lines = block.toString('utf8', 0, last).split('\n');
    yield { lines: lines.filter((line) => line !== ''), end, rest: '' };
  }
  yield { lines: [], end, rest: rest.toString('utf8') };
}
