import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from './replace-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atel-replace-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('replaceFile', () => {
  it('keeps the permissions, and leaves nothing else behind', async () => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, 'old', { mode: 0o640 });
    await replaceFile(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('replaces what a link leads to, not the link', async () => {
    writeFileSync(join(folder, 'real.json'), 'old');
    symlinkSync('real.json', join(folder, 'settings.json'));
    await replaceFile(join(folder, 'settings.json'), 'new');
    expect(readlinkSync(join(folder, 'settings.json'))).toBe('real.json');
    expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe('new');
  });

  it('leaves the old file alone where it cannot write', async () => {
    const file = join(folder, 'absent', 'settings.json');
    await expect(replaceFile(file, 'new')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual([]);
  });
});
