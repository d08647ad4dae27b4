/** Writes the settings file of a test's user. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { loadConfig } from '../../src/base/config.js';
import type { Settings } from '../../src/base/settings.js';

/** Writes the settings of the user with this home folder. */
export function writeSettings(userHome: string, settings: Partial<Settings>): void {
  const { file } = loadConfig({ env: { XDG_CONFIG_HOME: '' }, homeDir: userHome, platform: platform() });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(settings));
}
