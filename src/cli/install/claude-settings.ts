/** The paths of Claude Code's settings files. */
import { join } from 'node:path';

/** The paths of Claude Code's settings. */

/** The user's settings, which apply to all projects. The first, if CLAUDE_CONFIG_DIR names several folders. */
export function userSettings(userHome: string): string {
  return allUserSettings(userHome)[0] ?? join(userHome, '.claude', 'settings.json');
}

/** The user's settings in each folder of CLAUDE_CONFIG_DIR (separated by commas, as for transcripts). */
export function allUserSettings(userHome: string): string[] {
  const named = (process.env.CLAUDE_CONFIG_DIR ?? '')
    .split(',')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '');
  const folders = named.length > 0 ? [...new Set(named)] : [join(userHome, '.claude')];
  return folders.map((folder) => join(folder, 'settings.json'));
}

/** A project's settings: the shared ones, and the local ones of one user, which take precedence. */
export function projectSettings(folder: string): { shared: string; local: string } {
  const claudeFolder = join(folder, '.claude');
  return { shared: join(claudeFolder, 'settings.json'), local: join(claudeFolder, 'settings.local.json') };
}

/** The managed settings of the machine, which take precedence over all others. */
export function managedSettings(): string {
  if (process.platform === 'darwin') return '/Library/Application Support/ClaudeCode/managed-settings.json';
  if (process.platform === 'win32') return 'C:\\Program Files\\ClaudeCode\\managed-settings.json';
  return '/etc/claude-code/managed-settings.json';
}
