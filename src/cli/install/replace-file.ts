/** Replaces a settings file in one step. */
import { mkdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { writeDurably } from '../../base/files.js';

/**
 * Replaces a foreign file completely or not at all and keeps its permissions; for a link, replaces the file that it
 * leads to, even if that does not exist yet. If the disk is full, the old file stays unchanged.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const real = await realFile(path);
  if (real !== path) await mkdir(dirname(real), { recursive: true });
  const mode = (await stat(real).catch(() => undefined))?.mode ?? 0o644;
  await writeDurably(real, text, mode & 0o777);
}

/** The file that a link leads to, whether it exists or not; of a file, the file itself. */
export async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const target = await readlink(path).catch(() => '.');
    return target === '.' ? path : resolve(dirname(path), target);
  }
}
