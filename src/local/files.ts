/** Writes files safely, and reads JSON files. */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { isMissingFile } from '../base/missing-file.js';

/** Replaces a file so that a crash leaves either the old or the new content, never a part of it. Mode 0600. */
export async function writeFileSafely(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await flushFolder(dirname(path));
}

/** Waits until the names in a folder are on disk. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** A JSON file's value, or undefined when there is none. Throws an error that names the file if it is damaged. */
export async function readJsonFile<T>(path: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    // The parser's message names no file.
    if (error instanceof SyntaxError)
      throw new Error(`${path} is damaged: ${error.message}`, { cause: error });
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${path} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
