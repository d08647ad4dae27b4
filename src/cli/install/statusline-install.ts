/** Adds the status line to Claude Code's settings, and removes it. */
import { isDeepStrictEqual } from 'node:util';
import { CommandError } from '../shared/command-error.js';
import { readBackup, removeBackup, writeBackup } from './settings-backup.js';
import { parseSettings, readSettings, takeOut, writeSettings } from './settings-file.js';
import { addStatusLine, hasForeignStatusLine, removeStatusLine } from './statusline-settings.js';

/**
 * Checks that our status line would not replace or hide another one.
 *
 * @param files settings whose status line it would replace or hide
 * @throws {CommandError} naming the settings that have another one
 */
export async function refuseForeignStatusLine(files: readonly string[]): Promise<void> {
  for (const file of new Set(files)) {
    const { settings } = await readSettings(file, removeStatusLine);
    if (hasForeignStatusLine(settings))
      throw new CommandError(
        `${file} has a status line of its own; take it out first, or let it call atel statusline with its stdin. Nothing was changed.`,
      );
  }
}

/** Adds the status line to its settings file, with a backup. */
export async function installStatusLine(
  file: string,
  backups: string,
  print: (line: string) => void,
): Promise<void> {
  const found = await readSettings(file, removeStatusLine);
  const wanted = addStatusLine(found.settings);
  if (isDeepStrictEqual(wanted, found.settings)) {
    print(`${file} has the status line already; nothing changed.`);
    return;
  }
  if (!found.hasOurs) await writeBackup(backups, { path: file, text: found.text, made: [] });
  await writeSettings(found, wanted);
  print(`The status line is in ${file}.`);
}

/** Removes the status line from its settings file and restores the file as it was. */
export async function uninstallStatusLine(
  file: string,
  backups: string,
  print: (line: string) => void,
): Promise<void> {
  const backup = await readBackup(backups, file, print);
  const found = await readSettings(file, removeStatusLine).catch((error: unknown) => {
    // Invalid settings must not prevent a removal if we may never have changed them.
    if (backup !== undefined || !(error instanceof CommandError)) throw error;
    return undefined;
  });
  if (found === undefined || (!found.hasOurs && backup === undefined)) return;
  const isAsBefore =
    backup !== undefined && isDeepStrictEqual(found.rest, parseSettings(backup.text ?? '', file));
  await takeOut(found, isAsBefore ? backup.text : undefined);
  await removeBackup(backups, file);
  print(`Removed the status line from ${file}.`);
}
