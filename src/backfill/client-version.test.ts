import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clientVersion } from './client-version.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atel-version-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  [
    'the newest line counts',
    ['{"version":"2.1.300"}', '{"version":"2.1.332"}', '{"type":"summary"}'],
    '2.1.332',
  ],
  ['a version in a message is none of the client', ['{"message":{"version":"9.9.9"}}'], null],
  ['a text that is no version is passed over', ['{"version":"2.1.300"}', '{"version":"latest"}'], '2.1.300'],
  ['a line that is cut off is passed over', ['{"version":"2.1.300"}', '{"version":"2.1.332'], '2.1.300'],
  ['a transcript without a version has none', ['{}'], null],
])('%s', (_, lines, version) => {
  const path = join(folder, 'session.jsonl');
  writeFileSync(path, lines.join('\n'));
  expect(clientVersion(path)).toBe(version);
});

it('a transcript that was deleted has no version', () => {
  expect(clientVersion(join(folder, 'gone.jsonl'))).toBeNull();
});
