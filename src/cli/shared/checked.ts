/** What the build has checked. */
import { readFile } from 'node:fs/promises';
import { parseObject } from '../../base/json/json.js';
import { checkedProject, type CheckedProject } from '../../local/index.js';

/**
 * What the build's check of the catalogue found, `dist/checked.json`; undefined if there is none. If it is not of these
 * datafiles and this engine, the server does not use it.
 */
export async function readChecked(file: string): Promise<CheckedProject | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return checkedProject.safeParse(parseObject(text)).data;
}
