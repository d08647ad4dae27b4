import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines } from './lines.js';
import { bytes } from './memory.js';
import { holdText, Picker } from './pick.js';

const folder = mkdtempSync(join(tmpdir(), 'atel-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textAt = (from: number, to: number) => bytes.toString('utf8', from, to);

function linesOf(content: Buffer | string, chunkBytes?: number) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const lines: { text: string; end: number }[] = [];
  const { offset } = readLines(
    path,
    (from, to, end) => lines.push({ text: textAt(from, to), end }),
    chunkBytes,
  );
  return { lines, offset };
}

describe('readLines', () => {
  it('readLines reads every complete line byte for byte, with its end offset, for any chunk size', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\n\ufeff]/g, '')),
      fc.constantFrom('', '\r', '☃'.repeat(40), '\u2028'),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        line,
        fc.integer({ min: 1, max: 64 }),
        (whole, torn, size) => {
          const wellFormed = whole.map((one) => one.toWellFormed());
          const text = wellFormed.map((one) => `${one}\n`).join('');
          const { lines, offset } = linesOf(text + torn.toWellFormed(), size);
          expect(lines.map(({ text: one }) => one)).toEqual(wellFormed);
          const ends = wellFormed.map((_, n) =>
            Buffer.byteLength(`${wellFormed.slice(0, n + 1).join('\n')}\n`),
          );
          expect(lines.map(({ end }) => end)).toEqual(ends);
          expect(offset).toBe(Buffer.byteLength(text));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a picker picks the same values from lines that span several chunks or make the memory grow', () => {
    const picker = new Picker({ keys: { id: {}, list: { items: {} } } });
    const given = Array.from({ length: 40 }, (_, id) => ({
      id: `é${id}`,
      skipped: { text: 'x"\\\n'.repeat(id ** 3) },
      list: Array.from({ length: id ** 3 }, (_, n) => n),
    }));
    const path = join(folder, 'long-lines');
    writeFileSync(path, given.map((one) => `${JSON.stringify(one)}\n`).join(''));
    for (const chunkBytes of [100, 4_099, 1 << 20]) {
      const seen: unknown[] = [];
      readLines(
        path,
        (from, to) => {
          const { id, list } = picker.pick(from, to) ?? {};
          seen.push({ id, list });
        },
        chunkBytes,
      );
      expect(seen).toEqual(given.map(({ id, list }) => ({ id, list })));
    }
  });

  it('readLines leaves an incomplete last line for the next read', () => {
    const path = join(folder, 'growing');
    const seen: string[] = [];
    const read = () => readLines(path, (from, to) => seen.push(textAt(from, to)));
    writeFileSync(path, 'one\ntw');
    expect(read()).toEqual({ offset: 4, tooLong: 0 });
    appendFileSync(path, 'o\n');
    expect(read()).toEqual({ offset: 8, tooLong: 0 });
    expect(seen).toEqual(['one', 'one', 'two']);
  });

  it('readLines skips a line that is too long and continues after it', () => {
    const path = join(folder, 'long');
    writeFileSync(path, 'first\n');
    for (let n = 0; n < 70; n += 1) appendFileSync(path, Buffer.alloc(1 << 20, 'x'));
    appendFileSync(path, '\nlast\n');
    const picker = new Picker({ keys: { a: {} } });
    const picked = () => {
      const { from, to } = holdText('{"b":1,"a":"one"}');
      return picker.pick(from, to)?.a;
    };
    expect(picked()).toBe('one');
    const seen: string[] = [];
    const { tooLong } = readLines(path, (from, to) => seen.push(textAt(from, to)));
    expect(seen).toEqual(['first', 'last']);
    expect(tooLong).toBe(1);
    // Its memory is released, and a shape that was compiled before still works.
    expect(bytes.length).toBeLessThan(1 << 23);
    expect(picked()).toBe('one');
  });

  it('readLines skips the byte-order mark of UTF-8, and refuses a file in UTF-16', () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    for (const size of [1, 2, 1 << 14])
      expect(linesOf(Buffer.concat([mark, Buffer.from('one\ntwo\n')]), size)).toEqual({
        lines: [
          { text: 'one', end: 7 },
          { text: 'two', end: 11 },
        ],
        offset: 11,
      });
    for (const start of [
      [0xff, 0xfe],
      [0xfe, 0xff],
    ])
      expect(() => linesOf(Buffer.concat([Buffer.from(start), Buffer.from('one\n', 'utf16le')]))).toThrow(
        /file is in UTF-16; convert it to UTF-8$/,
      );
  });

  it('readLines throws for a missing file', () => {
    expect(() => readLines(join(folder, 'absent'), () => undefined)).toThrow(/ENOENT/);
  });
});
