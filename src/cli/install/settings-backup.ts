/** Reads and writes backups of settings files, taken before `init` changes them. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readRegularFile } from '../../base/regular-file/handle.js';
import { parseObject } from '../../base/json/json.js';
import { privateFolder, writeDurably } from '../../base/files.js';
import { isMissingFile } from '../../base/missing-file.js';

const schema = z.object({
  /** Path of the settings file; the name of the backup is a hash of it. */
  path: z.string(),
  /** The file's text, byte for byte; null if there was no file. */
  text: z.nullable(z.string()),
  /** Folders that were made for the settings or the scripts, innermost first. */
  made: z.array(z.string()),
  /** Who asked for the OpenTelemetry variables in these settings: folders of projects, or `user`. */
  otel: z.exactOptional(z.array(z.string())),
});

/** The state of settings before our hooks were added, so that removing them leaves nothing behind. */
export type Backup = z.infer<typeof schema>;

/**
 * The backup of a settings file; undefined if there is none. A damaged one counts as none, and is reported.
 *
 * @param print takes the report, one line
 */
export async function readBackup(
  folder: string,
  path: string,
  print: (line: string) => void,
): Promise<Backup | undefined> {
  const file = fileOf(folder, path);
  let text: string;
  try {
    text = await readRegularFile(file);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
  const backup = schema.safeParse(parseObject(text)).data;
  if (backup === undefined)
    print(
      `The backup ${file} is damaged: when atel is removed, ${path} may keep another formatting than it had before atel.`,
    );
  return backup;
}

export async function writeBackup(folder: string, backup: Backup): Promise<void> {
  await privateFolder(folder);
  await writeDurably(fileOf(folder, backup.path), JSON.stringify(backup, null, 2));
}

export async function removeBackup(folder: string, path: string): Promise<void> {
  await rm(fileOf(folder, path), { force: true });
}

function fileOf(folder: string, path: string): string {
  return join(folder, `${createHash('sha256').update(path).digest('hex').slice(0, 24)}.json`);
}
