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
  it('the permissions are kept, and no other file is left', async () => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, 'old', { mode: 0o640 });
    await replaceFile(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('the target of a link is replaced, not the link', async () => {
    writeFileSync(join(folder, 'real.json'), 'old');
    symlinkSync('real.json', join(folder, 'settings.json'));
    await replaceFile(join(folder, 'settings.json'), 'new');
    expect(readlinkSync(join(folder, 'settings.json'))).toBe('real.json');
    expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe('new');
  });

  it('a link to a file that does not exist yet stays a link', async () => {
    symlinkSync(join('dotfiles', 'claude.json'), join(folder, 'settings.json'));
    await replaceFile(join(folder, 'settings.json'), 'new');
    expect(readlinkSync(join(folder, 'settings.json'))).toBe(join('dotfiles', 'claude.json'));
    expect(readFileSync(join(folder, 'dotfiles', 'claude.json'), 'utf8')).toBe('new');
  });

  it('the old file stays unchanged if writing fails', async () => {
    const file = join(folder, 'absent', 'settings.json');
    await expect(replaceFile(file, 'new')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual([]);
  });
});
