/** The settings: their names, defaults, environment variables and checks. */
import { realpathSync } from 'node:fs';
import { homedir, platform, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type * as z from 'zod/mini';
import { isObject } from './json/json.js';
import { readRegular } from './regular-file/open.js';
import {
  isSetting,
  settingNames,
  settings,
  variableOf,
  type SettingName,
  type Settings,
} from './settings.js';

export { LOCAL_TOKEN } from './settings.js';

/** A setting with an invalid value. The message is one line with the setting's name and the values that it takes. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export interface Config extends Settings {
  /** Whether the store is the embedded server of this machine. */
  local: boolean;
  /** Path of the settings file; it may not exist. */
  file: string;
}

/** The places that settings come from; tests pass their own. */
export interface ConfigSources {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  /** The home folder of the user's account, whatever the environment says; undefined if the system knows none. */
  accountHome?: string | undefined;
  platform: string;
}

export const processSources = (): ConfigSources => ({
  env: process.env,
  // Node returns an empty or relative HOME unchanged, and then every folder would be in the working directory.
  homeDir: isAbsolute(homedir()) ? homedir() : userInfo().homedir,
  accountHome: accountHome(),
  platform: platform(),
});

/** A container may run as a user that has no account. */
function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/**
 * Reads the settings: defaults, then the settings file, then the environment.
 *
 * @throws {ConfigError} with the setting's name, its source and the values that it takes
 */
export function loadConfig(sources: ConfigSources = processSources()): Config {
  const file = settingsFile(sources);
  const fromFile = withSection(readSettingsFile(file), file);
  if ('home' in fromFile) {
    throw new ConfigError(
      `${file}: home cannot be set in the file, which the capture scripts do not read; remove it and set ${variableOf('home')}`,
    );
  }
  const unknown = Object.keys(fromFile).find((name) => !isSetting(name));
  if (unknown !== undefined) {
    const known = settingNames.filter((name) => name !== 'home');
    throw new ConfigError(`${file}: unknown setting "${unknown}"; known are ${known.join(', ')}`);
  }

  const given = (name: SettingName): { value: unknown; where: string } | undefined => {
    const where = variableOf(name);
    const text = settings[name].isFileOnly ? undefined : sources.env[where];
    if (text !== undefined && text !== '') return { value: settings[name].fromText(text), where };
    return name in fromFile ? { value: fromFile[name], where: `${file}: ${name}` } : undefined;
  };
  const read = <N extends SettingName>(name: N): Settings[N] => {
    const { schema, fallback, takes, isSecret } = settings[name];
    const found = given(name);
    if (found === undefined) return fallback;
    const parsed = schema.safeParse(found.value);
    if (parsed.success) return parsed.data;
    const shown = isSecret ? 'what is there' : culprit(found.value, parsed.error.issues[0]);
    throw new ConfigError(`${found.where} takes ${takes}, not ${shown}`);
  };

  const [url, portSetting] = [given('tinybird_url'), given('tinybird_port')];
  const urlPort = loopbackPort(read('tinybird_url'));
  const tinybird_port = portSetting === undefined && urlPort !== null ? urlPort : read('tinybird_port');
  const tinybird_url = url === undefined ? `http://localhost:${tinybird_port}` : read('tinybird_url');
  if (url !== undefined && portSetting !== undefined && urlPort !== null && urlPort !== tinybird_port) {
    throw new ConfigError(
      `${url.where} (${tinybird_url}) and ${portSetting.where} (${tinybird_port}) name two ports; set one of them, or both alike`,
    );
  }
  const local = loopbackPort(tinybird_url) !== null;
  const tokenless = (['append_token', 'read_token'] as const).find((name) => given(name) === undefined);
  if (!local && tokenless !== undefined) {
    throw new ConfigError(
      `${url?.where ?? 'tinybird_url'} (${new URL(tinybird_url).origin}) is not the store of this machine, so tokens are needed: set ${variableOf(tokenless)} to the workspace's token agent_telemetry_${tokenless === 'append_token' ? 'append' : 'read'}`,
    );
  }
  const home = given('home') === undefined ? join(sources.homeDir, '.agent-telemetry') : read('home');
  const ownHome = isWithinClaude(sources.env) ? (sources.accountHome ?? sources.homeDir) : sources.homeDir;
  const project_tiers = byPlainFolder(read('project_tiers'), ownHome);
  const found = {
    ...allOf(read),
    project_tiers,
    tinybird_url,
    tinybird_port,
    home: resolve(home),
    local,
    file,
  };
  return isWithinClaude(sources.env) ? { ...found, ...distrusting(found, fromFile, sources) } : found;
}

/** Tiers by project, with folders in their shortest form; of two spellings of one folder, the lower tier counts. */
function byPlainFolder(given: Settings['project_tiers'], home: string): Settings['project_tiers'] {
  const plain: Settings['project_tiers'] = {};
  for (const [key, tier] of Object.entries(given)) {
    const path = key === '~' || key.startsWith('~/') ? join(home, key.slice(1)) : key;
    const name = isAbsolute(path) ? resolve(path) : path;
    const before = Object.hasOwn(plain, name) ? plain[name] : undefined;
    plain[name] = before !== undefined && before < tier ? before : tier;
  }
  return plain;
}

/** Whether Claude Code started this process: then a repository may have set any variable (`env` in its settings). */
const isWithinClaude = (env: ConfigSources['env']): boolean =>
  env.CLAUDE_PROJECT_DIR !== undefined || env.CLAUDECODE !== undefined;

/**
 * The settings that a repository must not weaken, as they apply within Claude Code. What counts there is the settings
 * file of the user's account. `XDG_CONFIG_HOME` and `HOME` may name another one: it can lower the tier, never raise it,
 * nor remove rows sooner, nor name a command or an address for alerts. Texts are not kept for a store that the account's
 * file does not name.
 */
function distrusting(
  found: Config,
  fromFile: Record<string, unknown>,
  sources: ConfigSources,
): Pick<
  Config,
  'privacy_tier' | 'project_tiers' | 'contents_days' | 'retention_days' | 'alert_command' | 'alert_webhook'
> {
  const { homeDir, accountHome: accounts = homeDir, platform: os } = sources;
  const file = settingsFile({ env: {}, homeDir: accounts, platform: os });
  const isAccounts = isSameFile(file, found.file);
  const own = isAccounts ? fromFile : trustedFile(file);
  const valid = <N extends SettingName>(name: N): Settings[N] | undefined =>
    settings[name].schema.safeParse(own[name]).data;

  const ownPort = valid('tinybird_port') ?? settings.tinybird_port.fallback;
  const ownUrl = valid('tinybird_url') ?? `http://localhost:${ownPort}`;
  const isElsewhere =
    found.tinybird_url !== ownUrl ||
    (['append_token', 'read_token'] as const).some(
      (name) => found[name] !== (valid(name) ?? settings[name].fallback),
    );
  const general = valid('privacy_tier') ?? 1;
  const ofProjects = valid('project_tiers') ?? {};
  const most = isElsewhere ? 1 : isAccounts ? 3 : Math.min(general, ...Object.values(ofProjects));
  const lowered = (tier: Settings['privacy_tier']) => (tier > most ? (most === 2 ? 2 : 1) : tier);
  return {
    privacy_tier: lowered(found.privacy_tier > general ? general : found.privacy_tier),
    project_tiers: Object.fromEntries(
      Object.entries(found.project_tiers).map(([project, tier]) => [project, lowered(tier)]),
    ),
    contents_days: isAccounts ? found.contents_days : longer(found.contents_days, valid('contents_days')),
    // A repository must not choose what is run, nor who is told.
    alert_command: valid('alert_command') ?? null,
    alert_webhook: valid('alert_webhook') ?? null,
    retention_days: isAccounts ? found.retention_days : longer(found.retention_days, valid('retention_days')),
  };
}

/** The longer of two times in days; null, for ever, is the longest, and so is one that is not known. */
function longer(one: number | null, other: number | null | undefined): number | null {
  return one === null || other === null || other === undefined ? null : Math.max(one, other);
}

function isSameFile(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** The settings in the account's file; none if it is missing or wrong. */
function trustedFile(file: string): Record<string, unknown> {
  try {
    return withSection(readSettingsFile(file), file);
  } catch {
    return {};
  }
}

/** What an error shows of a wrong value: the value, or the part of an entry of a table that is wrong. */
function culprit(value: unknown, issue: z.core.$ZodIssue | undefined): string {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown];
  if (path.length < 2) return JSON.stringify(value);
  let part = value;
  for (const key of path) part = isObject(part) ? { ...part }[String(key)] : undefined;
  return `${part === undefined ? 'nothing' : JSON.stringify(part)} for ${path.join('.')}`;
}

/** Reads every setting, in the order of the table. */
function allOf(read: <N extends SettingName>(name: N) => Settings[N]): Settings {
  const all: Partial<Settings> = {};
  for (const name of settingNames) Object.assign(all, { [name]: read(name) });
  if (!isWhole(all)) throw new Error('A setting was not read');
  return all;
}

function isWhole(some: Partial<Settings>): some is Settings {
  return settingNames.every((name) => Object.hasOwn(some, name));
}

/** The path of the settings file, in the platform's folder for settings. */
function settingsFile({ env, homeDir, platform: os }: ConfigSources): string {
  const base =
    env.XDG_CONFIG_HOME !== undefined && isAbsolute(env.XDG_CONFIG_HOME)
      ? env.XDG_CONFIG_HOME
      : os === 'darwin'
        ? join(homeDir, 'Library', 'Application Support')
        : join(homeDir, '.config');
  return join(base, 'agent-telemetry', 'config.json');
}

function readSettingsFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readRegular(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return {};
    throw new ConfigError(`${file} cannot be read (${(error as Error).message}); fix or remove it`);
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isObject(parsed)) return { ...parsed };
  } catch {
    // Handled below, with the same message as for JSON that is not an object.
  }
  throw new ConfigError(`${file} is not a JSON object; fix or remove it`);
}

const section = settingNames.filter((name) => settings[name].isInSection);

/** The settings in the file, including those in its section `telemetry`. */
function withSection(
  { telemetry, ...settings }: Record<string, unknown>,
  file: string,
): Record<string, unknown> {
  if (telemetry === undefined) return settings;
  const inside = isObject(telemetry) ? { ...telemetry } : undefined;
  const unknown =
    inside === undefined ? '' : Object.keys(inside).find((name) => !section.some((known) => known === name));
  if (inside === undefined || unknown !== undefined) {
    const what = inside === undefined ? 'is not an object' : `has an unknown setting "${unknown}"`;
    throw new ConfigError(`${file}: telemetry ${what}; known are ${section.join(', ')}`);
  }
  return { ...settings, ...inside };
}

/** The port of an address of this machine; null if the address is elsewhere. */
export function loopbackPort(address: string): number | null {
  const { hostname, port, protocol } = new URL(address);
  if (protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return null;
  return port === '' ? 80 : Number(port);
}
