/** Where our hooks are in Claude Code's settings, and whether they can run. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../../base/regular-file/handle.js';
import { otherEvents, ourCommands, ourHooks, scripts } from './hook-settings.js';
import { settingsIn } from './settings-file.js';

/** Settings that apply to the sessions in a folder, in the order of their precedence. */
export type Scope = 'user' | 'project' | 'local';

/** Our hooks in one settings file, or in the plugin that it switches on. */
export interface WiredHooks {
  scope: Scope;
  file: string;
  /** Name of the plugin that brings the hooks; null if they are in the file itself. */
  plugin: string | null;
  /** Events of this version that the file has no hook for: an earlier version wrote it. */
  missing_events: string[];
  /** Events whose hook is not as this version writes it. */
  other_events: string[];
  /** Scripts that are missing or cannot be run: such a hook does nothing. */
  broken_scripts: string[];
  /** Scripts of another version. */
  other_scripts: string[];
}

/**
 * Finds our hooks in settings.
 *
 * @param files the settings of the user and of the folder
 * @param folder the project's folder, which settings call `$CLAUDE_PROJECT_DIR`
 * @param source folder of this version's scripts
 */
export async function wiredHooks(
  files: readonly { scope: Scope; file: string }[],
  folder: string,
  source: string,
): Promise<WiredHooks[]> {
  const found = await Promise.all(
    files.map(async ({ scope, file }) => {
      const settings = await settingsIn(file);
      const commands = ourCommands(settings);
      const plugins = ourPlugins(settings).map((plugin): WiredHooks => ({ ...inOrder, scope, file, plugin }));
      if (commands.length === 0) return plugins;
      const folders = [...new Set(commands.map((command) => scriptsFolder(command.folder, folder)))];
      const states = await Promise.all(folders.map((one) => scriptStates(one, source)));
      const events = new Set(commands.map(({ event }) => event));
      const own: WiredHooks = {
        scope,
        file,
        plugin: null,
        missing_events: Object.keys(ourHooks('')).filter((event) => !events.has(event)),
        other_events: otherEvents(settings),
        broken_scripts: states.flatMap(({ broken }) => broken),
        other_scripts: states.flatMap(({ other }) => other),
      };
      return [own, ...plugins];
    }),
  );
  return found.flat();
}

const inOrder = { missing_events: [], other_events: [], broken_scripts: [], other_scripts: [] };

/** The plugins of ours that settings switch on: `agent-telemetry@MARKETPLACE`. */
function ourPlugins({ enabledPlugins: enabled }: Record<string, unknown>): string[] {
  if (typeof enabled !== 'object' || enabled === null) return [];
  return Object.entries(enabled)
    .filter(([name, isOn]) => isOn === true && name.startsWith('agent-telemetry@'))
    .map(([name]) => name);
}

/** The folder of scripts that a command names, as the shell understands it. */
function scriptsFolder(written: string, project: string): string {
  return written
    .replace(/^\$(?:CLAUDE_PROJECT_DIR|\{CLAUDE_PROJECT_DIR\})/, () => project)
    .replace(/\\([\\"$`])/g, '$1');
}

async function scriptStates(folder: string, source: string): Promise<{ broken: string[]; other: string[] }> {
  const states = await Promise.all(
    scripts.map(async (script) => {
      const path = join(folder, script);
      const [text, wanted, runs] = await Promise.all([
        readRegularFile(path).catch(() => undefined),
        readRegularFile(join(source, script)).catch(() => undefined),
        access(path, constants.X_OK).then(
          () => true,
          () => false,
        ),
      ]);
      const state = text === undefined || !runs ? 'broken' : text === wanted ? 'same' : 'other';
      return { path, state };
    }),
  );
  const those = (wanted: string) => states.filter(({ state }) => state === wanted).map(({ path }) => path);
  return { broken: those('broken'), other: those('other') };
}
