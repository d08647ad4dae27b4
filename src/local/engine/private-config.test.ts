import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePrivateConfig } from './private-config.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'private-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the folder in which the engine looks for files', () => {
  it('the folder of the engine is emptied, and the targets of links in it stay', async () => {
    const empty = join(folder, 'store', 'engine-empty');
    await mkdir(join(empty, 'below'), { recursive: true });
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'kept.txt'), 'kept');
    await writeFile(join(empty, 'left.txt'), '');
    await writeFile(join(empty, 'below', '.hidden'), '');
    await symlink(join(folder, 'other'), join(empty, 'linked'));
    await symlink(join(folder, 'other'), join(empty, 'below', 'linked'));
    await symlink(join(folder, 'other', 'kept.txt'), join(empty, 'link.txt'));
    await writePrivateConfig(join(folder, 'store'));
    expect(await readdir(empty)).toEqual([]);
    expect(await readFile(join(folder, 'other', 'kept.txt'), 'utf8')).toBe('kept');
  });

  it.each(['a link', 'a file'])('the folder of the engine replaces %s', async (what) => {
    const empty = join(folder, 'store', 'engine-empty');
    await mkdir(join(folder, 'store'));
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'kept.txt'), 'kept');
    await (what === 'a link' ? symlink(join(folder, 'other'), empty) : writeFile(empty, ''));
    await writePrivateConfig(join(folder, 'store'));
    expect((await lstat(empty)).isDirectory()).toBe(true);
    expect(await readdir(empty)).toEqual([]);
    expect(await readdir(join(folder, 'other'))).toEqual(['kept.txt']);
  });
});
