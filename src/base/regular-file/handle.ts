/**
 * Opens and reads regular files asynchronously. Separate from open.ts, so that the hooks that Claude Code waits for do
 * not load node:fs/promises.
 */
import { stat, open, type FileHandle } from 'node:fs/promises';
import { MOST_BYTES, NotReadable, READ_FLAGS, refuseUnlessRegular } from './open.js';

/**
 * Opens a regular file like `openRegular`, for reading it piece by piece.
 *
 * @throws {NotReadable} if it is not a regular file; else the operating system's error
 */
export async function openRegularHandle(path: string): Promise<FileHandle> {
  refuseUnlessRegular(path, await stat(path));
  const file = await open(path, READ_FLAGS);
  try {
    refuseUnlessRegular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The text of a regular file.
 *
 * @throws {NotReadable} if it is not a regular file or too large; else the operating system's error
 */
export async function readRegularFile(path: string): Promise<string> {
  return (await readRegularFileBytes(path)).toString('utf8');
}

/** The bytes of a regular file, by the rules of {@link readRegularFile}. */
export async function readRegularFileBytes(path: string): Promise<Buffer> {
  const file = await openRegularHandle(path);
  try {
    if ((await file.stat()).size > MOST_BYTES)
      throw new NotReadable(`${path} is larger than ${MOST_BYTES} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
