import { parseSettings, readText } from './settings-file.js';

/** A setting that keeps Claude Code from running hooks that are installed. */
export interface HooksOff {
  file: string;
  key: 'disableAllHooks' | 'allowManagedHooksOnly';
}

/**
 * The settings that switch hooks off. A file that cannot be read as settings switches nothing off.
 *
 * @param files the settings of a user and a project
 * @param managed the settings of whoever manages the machine: they alone can allow their own hooks only
 */
export async function hooksOff(files: readonly string[], managed: string): Promise<HooksOff[]> {
  const found = await Promise.all(
    [...new Set([...files, managed])].map(async (file): Promise<HooksOff[]> => {
      const settings = await settingsIn(file);
      if (settings.disableAllHooks === true) return [{ file, key: 'disableAllHooks' }];
      return file === managed && settings.allowManagedHooksOnly === true
        ? [{ file, key: 'allowManagedHooksOnly' }]
        : [];
    }),
  );
  return found.flat();
}

/** The settings of a file; none where it is not there or is no settings file. */
export async function settingsIn(file: string): Promise<Record<string, unknown>> {
  try {
    return parseSettings((await readText(file)) ?? '', file);
  } catch {
    return {};
  }
}
