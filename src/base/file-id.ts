/** Recognises a file under several paths. */
import type { Stats } from 'node:fs';

/** Identifies a file whatever path leads to it. Size and time make up for inodes that JavaScript's numbers round. */
export function fileId({ dev, ino, size, mtimeMs }: Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs'>): string {
  return `${dev}:${ino}:${size}:${mtimeMs}`;
}
