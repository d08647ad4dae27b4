import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { privateFolder } from './files.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atel-files-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('privateFolder', () => {
  it('privateFolder makes a folder and its parents, readable by the owner only, and accepts an existing one', async () => {
    await privateFolder(join(root, 'a/b/c'));
    await privateFolder(join(root, 'a/b/c'));
    expect(statSync(join(root, 'a/b/c')).mode & 0o777).toBe(0o700);
  });

  it('privateFolder fails if a file is in the way', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(privateFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(privateFolder(join(root, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(existsSync('/proc'))('privateFolder fails below /proc instead of trying forever', async () => {
    await expect(privateFolder('/proc/nowhere/below')).rejects.toThrow('/proc/nowhere');
  });
});
