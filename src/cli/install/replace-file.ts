import { realpath, stat } from 'node:fs/promises';
import { writeDurably } from '../../base/files.js';

/**
 * Replaces a file that belongs to somebody else: whole or not at all, under its own permissions, and where it
 * is a link, the file that it leads to. On a full disk the old one stays as it is.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const mode = (await stat(real).catch(() => undefined))?.mode ?? 0o644;
  await writeDurably(real, text, mode & 0o777);
}
