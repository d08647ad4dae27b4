import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import { backUp, putBack } from './backup.js';
import { lockFolder } from './lock.js';

/** A data folder with two files and a link, and the path of a backup that does not exist yet. */
function place(): { data: string; backup: string } {
  const root = tempFolder();
  const data = join(root, 'store');
  mkdirSync(join(data, 'parts'), { recursive: true });
  writeFileSync(join(data, 'id'), 'first-id');
  writeFileSync(join(data, 'parts', 'one.bin'), 'rows');
  symlinkSync('parts/one.bin', join(data, 'link'));
  return { data, backup: join(root, 'backup') };
}

/** Names beside a path that are not expected there. */
const besides = (path: string, ...known: string[]) =>
  readdirSync(dirname(path)).filter((name) => !known.includes(name));

it('a restored folder has the files and links of the backup and a new id; the replaced one is kept', async () => {
  const { data, backup } = place();
  expect(await backUp(data, backup)).toMatchObject({ files: 2, bytes: 'first-idrows'.length });
  writeFileSync(join(data, 'parts', 'one.bin'), 'rows of later');
  writeFileSync(join(data, 'parts', 'two.bin'), 'more');
  const { replaced } = await putBack(backup, data);
  expect(readFileSync(join(data, 'parts', 'one.bin'), 'utf8')).toBe('rows');
  expect(existsSync(join(data, 'parts', 'two.bin'))).toBe(false);
  expect(readlinkSync(join(data, 'link'))).toBe('parts/one.bin');
  expect(readFileSync(join(data, 'id'), 'utf8')).not.toBe('first-id');
  expect(readFileSync(join(replaced ?? '', 'parts', 'one.bin'), 'utf8')).toBe('rows of later');
});

it('a backup can be put where there is no folder', async () => {
  const { data, backup } = place();
  await backUp(data, backup);
  const other = join(tempFolder(), 'store');
  expect(await putBack(backup, other)).toMatchObject({ files: 2, replaced: null });
  expect(readFileSync(join(other, 'parts', 'one.bin'), 'utf8')).toBe('rows');
});

it.each([
  [
    'a changed file',
    (data: string) => writeFileSync(join(data, 'parts', 'one.bin'), 'rowz'),
    'parts/one.bin has changed',
  ],
  ['a foreign file', (data: string) => writeFileSync(join(data, 'other'), ''), 'other is not part of it'],
  ['one more copy', (data: string) => cpSync(join(data, 'id'), join(data, 'id2')), 'id2 is not part of it'],
])('a backup with %s is refused, and nothing is changed', async (_, damage, reason) => {
  const { data, backup } = place();
  await backUp(data, backup);
  damage(join(backup, 'data'));
  await expect(putBack(backup, data)).rejects.toThrow(`${backup} is damaged: ${reason}. Nothing was changed`);
  expect(readFileSync(join(data, 'id'), 'utf8')).toBe('first-id');
  expect(besides(data, 'store', 'backup')).toEqual([]);
});

it('a folder that is no backup, and a target that exists, are refused', async () => {
  const { data, backup } = place();
  await expect(putBack(data, data)).rejects.toThrow('is no backup: it has no backup.json');
  mkdirSync(backup);
  await expect(backUp(data, backup)).rejects.toThrow('exists already: name a new folder');
});

it('neither runs while a server owns the folder, and neither leaves anything behind', async () => {
  const { data, backup } = place();
  await backUp(data, backup);
  const lock = await lockFolder(data);
  await expect(backUp(data, `${backup}2`)).rejects.toThrow('is in use by process');
  await expect(putBack(backup, data)).rejects.toThrow('is in use by process');
  await lock.release();
  expect(besides(data, 'store', 'backup')).toEqual([]);
});

it('a backup into the store itself is refused, also by a link, and nothing is left there', async () => {
  const { data } = place();
  const link = join(dirname(data), 'elsewhere');
  symlinkSync(join(data, 'parts'), link);
  for (const target of [join(data, 'backup'), join(data, 'parts', 'deep', 'backup'), join(link, 'backup')])
    await expect(backUp(data, target)).rejects.toThrow(
      `${target} is inside the store (${data}), which would be copied into itself`,
    );
  expect(readdirSync(data, { recursive: true }).sort()).toEqual(['id', 'link', 'parts', 'parts/one.bin']);
});

it('a restore over a link is refused, and the link and its store stay', async () => {
  const { data, backup } = place();
  await backUp(data, backup);
  const link = join(dirname(data), 'linked');
  symlinkSync(data, link);
  await expect(putBack(backup, link)).rejects.toThrow(
    `${link} is a link to ${data}: a restore would replace`,
  );
  expect(readlinkSync(link)).toBe(data);
  await backUp(data, join(dirname(data), 'second'));
  cpSync(backup, join(data, 'kept'), { recursive: true });
  await expect(putBack(join(data, 'kept'), data)).rejects.toThrow('is inside the store');
});

it('what an interrupted copy left is no backup, and the next copy removes it', async () => {
  const { data, backup } = place();
  // No process has such an id; this one is alive.
  const [gone, alive] = [2 ** 30, process.pid].map((pid) => `${backup}.${pid.toString(36)}-x.partial`);
  for (const folder of [gone ?? '', alive ?? '']) mkdirSync(folder);
  await expect(putBack(gone ?? '', data)).rejects.toThrow('left over from a copy that was interrupted');
  await backUp(data, backup);
  expect([gone, alive].map((folder) => existsSync(folder ?? ''))).toEqual([false, true]);
});
