import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines } from './lines.js';

const folder = mkdtempSync(join(tmpdir(), 'atel-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function linesOf(content: Buffer | string, chunkBytes = 1 << 20) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const lines: { text: string; end: number }[] = [];
  const { offset } = readLines(
    path,
    (text, from, to, begin) =>
      lines.push({ text: Buffer.from(text.slice(from, to), 'latin1').toString(), end: begin + to + 1 }),
    { chunk: Buffer.alloc(chunkBytes) },
  );
  return { lines, offset };
}

describe('readLines', () => {
  it('gives every whole line, byte for byte, with where it ends, whatever the size of the pieces', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\n', '')),
      fc.constantFrom('', '\r', '☃'.repeat(40), '\u2028'),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        line,
        fc.integer({ min: 1, max: 64 }),
        (whole, torn, size) => {
          const text = whole.map((one) => `${one.toWellFormed()}\n`).join('');
          const { lines, offset } = linesOf(text + torn.toWellFormed(), size);
          expect(lines.map(({ text: one }) => one)).toEqual(whole.map((one) => one.toWellFormed()));
          expect(offset).toBe(Buffer.byteLength(text));
          expect(lines.at(-1)?.end ?? 0).toBe(offset);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('leaves a torn last line for the next time', () => {
    const path = join(folder, 'growing');
    const seen: string[] = [];
    const read = () => readLines(path, (text, from, to) => seen.push(text.slice(from, to)));
    writeFileSync(path, 'one\ntw');
    expect(read()).toEqual({ offset: 4, tooLong: 0 });
    appendFileSync(path, 'o\n');
    expect(read()).toEqual({ offset: 8, tooLong: 0 });
    expect(seen).toEqual(['one', 'one', 'two']);
  });

  it('passes over a line that is longer than anything that counts, and goes on behind it', () => {
    const path = join(folder, 'long');
    writeFileSync(path, 'first\n');
    for (let n = 0; n < 70; n += 1) appendFileSync(path, Buffer.alloc(1 << 20, 'x'));
    appendFileSync(path, '\nlast\n');
    const seen: string[] = [];
    const { tooLong } = readLines(path, (text, from, to) => seen.push(text.slice(from, to)));
    expect(seen).toEqual(['first', 'last']);
    expect(tooLong).toBe(1);
  });

  it('throws where there is no file', () => {
    expect(() => readLines(join(folder, 'absent'), () => undefined)).toThrow(/ENOENT/);
  });
});
