import { join } from 'node:path';
import { listFiles } from '../../base/files.js';
import { environmentOf, otelOverridden } from './otel-settings.js';
import { settingsIn } from './settings-file.js';

/** Variables in the settings of whoever manages the machine that win over those that lead to atel. */
export interface OtelOverride {
  file: string;
  variables: string[];
}

/**
 * The files of whoever manages the machine: one, and those of a folder beside it, by name. Where two say something of
 * the same thing, the later counts. Source: the page "Deploy managed settings" of Claude Code's documentation.
 *
 * @param managed path of the first
 */
export async function managedFiles(managed: string): Promise<string[]> {
  const folder = managed.replace(/\.json$/, '.d');
  const names = await listFiles(folder, '.json').catch(() => []);
  return [managed, ...names.map((name) => join(folder, name))];
}

/**
 * What keeps the OpenTelemetry of Claude Code from coming here although the user's settings send it.
 *
 * @param wanted the variables that lead here
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

/** The same in words. */
export function overrideLine({ file, variables }: OtelOverride): string {
  return `${file} sets ${variables.join(', ')}: whoever manages this machine decides, so OpenTelemetry does not come to atel as set`;
}
