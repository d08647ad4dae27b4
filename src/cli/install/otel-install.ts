/** Adds the OpenTelemetry variables to Claude Code's user settings, and removes them. */
import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CommandError } from '../shared/command-error.js';
import { addOtel, hasOtel, otelConflicts, removeOtel } from './otel-settings.js';
import { readBackup, removeBackup, writeBackup } from './settings-backup.js';
import { parseSettings, readSettings, takeOut, writeSettings, type Found } from './settings-file.js';

type Settings = Record<string, unknown>;

/** The owner of the variables that is not a project. */
export const USER = 'user';

/**
 * Checks that nothing in these settings sends OpenTelemetry elsewhere.
 *
 * @param files settings files that apply to the sessions to record
 * @throws {CommandError} naming the file and its variables
 */
export async function refuseForeignOtel(
  files: readonly string[],
  wanted: Record<string, string>,
): Promise<void> {
  for (const file of new Set(files)) {
    const { settings } = await readSettings(file, removeOtel);
    const conflicts = otelConflicts(settings, wanted);
    if (conflicts.length > 0)
      throw new CommandError(
        `${file} exports elsewhere already (${conflicts.join(', ')}); take that out of its env first. Nothing was changed.`,
      );
  }
}

/**
 * Switches OpenTelemetry on in the user's settings, for a project: Claude Code ignores these variables in project
 * settings.
 *
 * @param withoutOurs removes everything of ours from settings
 */
export async function installOtel(
  file: string,
  wanted: Record<string, string>,
  project: string,
  backups: string,
  withoutOurs: (settings: Settings) => Settings,
  print: (line: string) => void,
): Promise<void> {
  const found = await readSettings(file, withoutOurs);
  const backup = await readBackup(backups, file, print);
  const owners = [...new Set([...ownersOf(backup?.otel, found.settings), project])];
  const outermost = await mkdir(dirname(file), { recursive: true });
  const made = outermost === undefined ? [] : [dirname(file)];
  if (!found.hasOurs) await writeBackup(backups, { path: file, text: found.text, made, otel: owners });
  else if (backup !== undefined) await writeBackup(backups, { ...backup, otel: owners });
  const settings = addOtel(found.settings, wanted);
  if (isDeepStrictEqual(settings, found.settings)) {
    print(`${file} sends OpenTelemetry to atel already.`);
    return;
  }
  await writeSettings(found, settings);
  print(
    `OpenTelemetry is on in ${file}, because Claude Code takes it from no project's settings: the sessions of all your projects now send theirs to atel on this machine.`,
  );
}

/** Before the owners were recorded, the variables were always meant for all projects. */
export function ownersOf(noted: readonly string[] | undefined, settings: Settings): readonly string[] {
  return noted ?? (hasOtel(settings) ? [USER] : []);
}

/**
 * Removes what {@link installOtel} added for a project from the user's settings, unless another project or the user
 * also asked for it.
 */
export async function uninstallOtel(
  file: string,
  project: string,
  backups: string,
  withoutOurs: (settings: Settings, before?: Settings) => Settings,
  print: (line: string) => void,
): Promise<void> {
  const backup = await readBackup(backups, file, print);
  if (backup?.otel?.includes(project) !== true) return;
  const others = backup.otel.filter((owner) => owner !== project && (owner === USER || existsSync(owner)));
  if (others.length > 0) {
    await writeBackup(backups, { ...backup, otel: others });
    print(`OpenTelemetry stays on in ${file}, for ${others.map(nameOf).join(', ')}.`);
    return;
  }
  const before = parseSettings(backup.text ?? '', file);
  const found: Found = await readSettings(file, (settings) => removeOtel(settings, before));
  if (isDeepStrictEqual(found.rest, withoutOurs(found.settings, before))) {
    await takeOut(found, isDeepStrictEqual(found.rest, before) ? backup.text : undefined);
    for (const folder of backup.made) await rmdir(folder).catch(() => undefined);
    await removeBackup(backups, file);
  } else {
    await writeSettings(found, found.rest);
    await writeBackup(backups, { ...backup, otel: [] });
  }
  print(`Removed OpenTelemetry from ${file}.`);
}

function nameOf(owner: string): string {
  return owner === USER ? 'all your projects (atel init --user --otel)' : owner;
}
