/** Replaces a settings file in one step. */
import { realpath, stat } from 'node:fs/promises';
import { writeDurably } from '../../base/files.js';

/**
 * Replaces a foreign file completely or not at all and keeps its permissions; for a link, replaces the file that it
 * leads to. If the disk is full, the old file stays unchanged.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const mode = (await stat(real).catch(() => undefined))?.mode ?? 0o644;
  await writeDurably(real, text, mode & 0o777);
}
