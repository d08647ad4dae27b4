import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEnd } from './end.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atel-end-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  [100, 'one\ntwo\nthree\n'],
  [14, 'one\ntwo\nthree\n'],
  [13, 'two\nthree\n'],
  [10, 'two\nthree\n'],
  [9, 'three\n'],
  [6, 'three\n'],
  [5, ''],
  [0, ''],
])('the last %i bytes of three lines have only whole lines', (bytes, lines) => {
  const path = join(folder, 'lines');
  writeFileSync(path, 'one\ntwo\nthree\n');
  expect(readEnd(path, bytes)).toBe(lines);
});

it('an empty file has no lines, and a folder is refused', () => {
  const path = join(folder, 'empty');
  writeFileSync(path, '');
  expect(readEnd(path, 10)).toBe('');
  expect(() => readEnd(folder, 10)).toThrow('not a regular file');
});
