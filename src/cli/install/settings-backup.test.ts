import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { readBackup, writeBackup } from './settings-backup.js';

it.each(['', '{"path":"/x', '[]', '{"path":"/x/settings.json","text":7,"made":[]}'])(
  'a backup that contains %j counts as none, and is reported with its path',
  async (text) => {
    const folder = tempFolder();
    const path = '/x/settings.json';
    await writeBackup(folder, { path, text: '{}', made: [] });
    const file = join(folder, readdirSync(folder)[0]!);
    writeFileSync(file, text);
    const lines: string[] = [];
    await expect(readBackup(folder, path, (line) => lines.push(line))).resolves.toBeUndefined();
    expect(lines).toEqual([
      `The backup ${file} is damaged: when atel is removed, ${path} may keep another formatting than it had before atel.`,
    ]);
  },
);

it('a missing backup is not reported, and a whole one is read as it was written', async () => {
  const folder = tempFolder();
  const lines: string[] = [];
  const backup = { path: '/x/settings.json', text: null, made: ['/x'] };
  await expect(readBackup(folder, backup.path, (line) => lines.push(line))).resolves.toBeUndefined();
  await writeBackup(folder, backup);
  await expect(readBackup(folder, backup.path, (line) => lines.push(line))).resolves.toEqual(backup);
  expect(lines).toEqual([]);
});
