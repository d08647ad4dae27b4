/** Finds settings that prevent Claude Code from running installed hooks. */
import { managedFiles } from './managed-settings.js';
import { settingsIn } from './settings-file.js';

/** A setting that prevents Claude Code from running installed hooks. */
export interface HooksOff {
  file: string;
  key: 'disableAllHooks' | 'allowManagedHooksOnly';
}

/**
 * The settings that switch hooks off. A file that cannot be read as settings switches nothing off. If a later file
 * switches them on again, no file does.
 *
 * @param files the settings of a user and a project; a later file overrides an earlier one
 * @param managed the managed settings of the machine: only they can allow only their own hooks
 */
export async function hooksOff(files: readonly string[], managed: string): Promise<HooksOff[]> {
  const ofManager = await managedFiles(managed);
  const found: HooksOff[] = [];
  let areOff = false;
  for (const file of new Set([...files, ...ofManager])) {
    const { disableAllHooks, allowManagedHooksOnly } = await settingsIn(file);
    if (typeof disableAllHooks === 'boolean') areOff = disableAllHooks;
    if (disableAllHooks === true) found.push({ file, key: 'disableAllHooks' });
    else if (ofManager.includes(file) && allowManagedHooksOnly === true)
      found.push({ file, key: 'allowManagedHooksOnly' });
  }
  return found.filter(({ key }) => areOff || key !== 'disableAllHooks');
}
