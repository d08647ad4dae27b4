/** Finds settings that prevent Claude Code from running installed hooks. */
import { managedFiles } from './managed-settings.js';
import { settingsIn } from './settings-file.js';

/** A setting that prevents Claude Code from running installed hooks. */
export interface HooksOff {
  file: string;
  key: 'disableAllHooks' | 'allowManagedHooksOnly';
}

/**
 * The settings that switch hooks off. A file that cannot be read as settings switches nothing off.
 *
 * @param files the settings of a user and a project
 * @param managed the managed settings of the machine: only they can allow only their own hooks
 */
export async function hooksOff(files: readonly string[], managed: string): Promise<HooksOff[]> {
  const ofManager = await managedFiles(managed);
  const found = await Promise.all(
    [...new Set([...files, ...ofManager])].map(async (file): Promise<HooksOff[]> => {
      const settings = await settingsIn(file);
      if (settings.disableAllHooks === true) return [{ file, key: 'disableAllHooks' }];
      return ofManager.includes(file) && settings.allowManagedHooksOnly === true
        ? [{ file, key: 'allowManagedHooksOnly' }]
        : [];
    }),
  );
  return found.flat();
}
