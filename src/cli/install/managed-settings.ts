/** The managed settings of the machine: their files, and whether they override OpenTelemetry settings for atel. */
import { join } from 'node:path';
import { listFiles } from '../../base/files.js';
import { environmentOf, otelOverridden } from './otel-settings.js';
import { settingsIn } from './settings-file.js';

/** Variables in managed settings that override those for atel. */
export interface OtelOverride {
  file: string;
  variables: string[];
}

/**
 * The files of the managed settings: one file, and those of a folder next to it, by name. A later file overrides an
 * earlier one. Source: the page "Deploy managed settings" of Claude Code's documentation.
 *
 * @param managed path of the first file
 */
export async function managedFiles(managed: string): Promise<string[]> {
  const folder = managed.replace(/\.json$/, '.d');
  const names = await listFiles(folder, '.json').catch(() => []);
  return [managed, ...names.map((name) => join(folder, name))];
}

/**
 * Managed settings that prevent OpenTelemetry from reaching us although the user's settings send it here.
 *
 * @param wanted the variables for our collector
 */
export async function otelOverrides(
  managed: string,
  wanted: Record<string, unknown>,
): Promise<OtelOverride[]> {
  const origins = new Map<string, string>();
  const env: Record<string, unknown> = {};
  for (const file of await managedFiles(managed))
    for (const [name, value] of Object.entries(environmentOf(await settingsIn(file)))) {
      origins.set(name, file);
      env[name] = value;
    }
  const overridden = otelOverridden(env, wanted);
  return [...new Set(overridden.map((name) => origins.get(name) ?? managed))].map((file) => ({
    file,
    variables: overridden.filter((name) => origins.get(name) === file),
  }));
}

/** The same as a sentence. */
export function overrideLine({ file, variables }: OtelOverride): string {
  return `${file} sets ${variables.join(', ')}: the managed settings of this machine override yours, so OpenTelemetry does not reach atel as configured`;
}
