import { join } from 'node:path';

/** Where Claude Code's settings lie. */

/** The user's, which count in all projects. */
export function userSettings(userHome: string): string {
  const claudeFolder = process.env.CLAUDE_CONFIG_DIR ?? '';
  return join(claudeFolder === '' ? join(userHome, '.claude') : claudeFolder, 'settings.json');
}

/** A project's: those that its people share, and one's own, which win. */
export function projectSettings(folder: string): { shared: string; local: string } {
  const claudeFolder = join(folder, '.claude');
  return { shared: join(claudeFolder, 'settings.json'), local: join(claudeFolder, 'settings.local.json') };
}

/** Those of whoever manages the machine, which win over all others. */
export function managedSettings(): string {
  if (process.platform === 'darwin') return '/Library/Application Support/ClaudeCode/managed-settings.json';
  if (process.platform === 'win32') return 'C:\\Program Files\\ClaudeCode\\managed-settings.json';
  return '/etc/claude-code/managed-settings.json';
}
