/** The settings: their names, defaults, environment variables and checks. */
import { homedir, platform, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { readRegular } from './regular-file/open.js';

/** The token for the embedded server, which accepts any process of this machine. */
export const LOCAL_TOKEN = 'local';

/** A setting with an invalid value. The message is one line with the setting's name and the values that it takes. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const port = z.number().check(z.int(), z.gte(0), z.lte(65535));
const positive = z.number().check(z.positive());
/** A token: only characters that an HTTP header can carry. */
const token = z.string().check(z.regex(/^[\x21-\x7e]+$/));
/** Comma-separated `name=value` pairs, percent-encoded, as in OTEL_EXPORTER_OTLP_HEADERS. */
const headers = z.string().check(z.regex(/^(?:\s*[\w!#$%&'*+.^`|~-]+\s*=[\x20-\x2b\x2d-\x7e]*(?:,|$))*$/));
/** An absolute path: a relative one would be a different folder in every project. */
const folder = z.string().check(z.refine((path) => isAbsolute(path)));

/** Every setting: its name in the file and the values that it takes. */
const shape = {
  tinybird_url: z.url({ protocol: /^https?$/ }),
  append_token: token,
  read_token: token,
  home: folder,
  privacy_tier: z.literal(1),
  enabled: z.boolean(),
  watch_transcripts: z.boolean(),
  tinybird_port: port,
  otlp_grpc_port: port,
  collector_port: port,
  api_port: port,
  dashboard_port: port,
  idle_minutes: positive,
  context_deadline_ms: positive,
  otel_endpoint: z.nullable(z.url({ protocol: /^https?$/ }).check(z.refine((url) => !url.includes('@')))),
  otel_headers: headers,
};

/** Settings that may also be in the section `telemetry` of the file. */
const section = ['otel_endpoint', 'otel_headers'];

/** Settings whose value may be a secret: an error about one never shows its value. */
const secrets: ReadonlySet<unknown> = new Set([token, headers]);

type Settings = { [K in keyof typeof shape]: z.infer<(typeof shape)[K]> };
type SettingName = keyof Settings;

/**
 * The environment variable of each setting; it wins over the file. TINYBIRD_TOKEN is left out on purpose: that token
 * may deploy, and neither capture nor queries may.
 */
const variables: Record<SettingName, string> = {
  tinybird_url: 'TINYBIRD_URL',
  append_token: 'AGENT_TELEMETRY_APPEND_TOKEN',
  read_token: 'AGENT_TELEMETRY_READ_TOKEN',
  home: 'AGENT_TELEMETRY_HOME',
  privacy_tier: 'AGENT_TELEMETRY_PRIVACY_TIER',
  enabled: 'AGENT_TELEMETRY_ENABLED',
  watch_transcripts: 'AGENT_TELEMETRY_WATCH_TRANSCRIPTS',
  tinybird_port: 'AGENT_TELEMETRY_TINYBIRD_PORT',
  otlp_grpc_port: 'AGENT_TELEMETRY_OTLP_GRPC_PORT',
  collector_port: 'AGENT_TELEMETRY_COLLECTOR_PORT',
  api_port: 'AGENT_TELEMETRY_API_PORT',
  dashboard_port: 'AGENT_TELEMETRY_DASHBOARD_PORT',
  idle_minutes: 'AGENT_TELEMETRY_IDLE_MINUTES',
  context_deadline_ms: 'AGENT_TELEMETRY_CONTEXT_DEADLINE_MS',
  otel_endpoint: 'AGENT_TELEMETRY_OTEL_ENDPOINT',
  otel_headers: 'AGENT_TELEMETRY_OTEL_HEADERS',
};

/** What each setting takes, as an error message says it. */
const takes: Record<SettingName, string> = {
  tinybird_url: 'an http or https address',
  append_token: 'a token of letters, digits and signs without blanks',
  read_token: 'a token of letters, digits and signs without blanks',
  home: 'the absolute path of a folder',
  privacy_tier: '1 (the only tier of this version)',
  enabled: 'true or false',
  watch_transcripts: 'true or false',
  tinybird_port: 'a port from 0 to 65535',
  otlp_grpc_port: 'a port from 0 to 65535',
  collector_port: 'a port from 0 to 65535',
  api_port: 'a port from 0 to 65535',
  dashboard_port: 'a port from 0 to 65535',
  idle_minutes: 'a positive number of minutes',
  context_deadline_ms: 'a positive number of milliseconds',
  otel_endpoint: 'an http or https address (a password belongs into otel_headers)',
  otel_headers: 'name=value, several by comma',
};

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
  platform: string;
}

export const processSources = (): ConfigSources => ({
  env: process.env,
  // Node returns an empty or relative HOME unchanged, and then every folder would be in the working directory.
  homeDir: isAbsolute(homedir()) ? homedir() : userInfo().homedir,
  platform: platform(),
});

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
      `${file}: home cannot be set in the file, which the capture scripts do not read; remove it and set ${variables.home}`,
    );
  }
  const unknown = Object.keys(fromFile).find((name) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) {
    const known = Object.keys(shape).filter((name) => name !== 'home');
    throw new ConfigError(`${file}: unknown setting "${unknown}"; known are ${known.join(', ')}`);
  }

  const given = (name: SettingName): { value: unknown; where: string } | undefined => {
    const text = sources.env[variables[name]];
    if (text !== undefined && text !== '') return { value: parseText(name, text), where: variables[name] };
    return name in fromFile ? { value: fromFile[name], where: `${file}: ${name}` } : undefined;
  };
  const read = <N extends SettingName>(name: N, fallback: Settings[N]): Settings[N] => {
    const found = given(name);
    if (found === undefined) return fallback;
    const parsed = shape[name].safeParse(found.value);
    if (!parsed.success) {
      const shown = secrets.has(shape[name]) ? 'what is there' : JSON.stringify(found.value);
      throw new ConfigError(`${found.where} takes ${takes[name]}, not ${shown}`);
    }
    return parsed.data as Settings[N];
  };

  const urlPort = loopbackPort(read('tinybird_url', 'http://localhost:7181'));
  const tinybird_port = read('tinybird_port', urlPort ?? 7181);
  const tinybird_url = read('tinybird_url', `http://localhost:${tinybird_port}`);
  const [url, portSetting] = [given('tinybird_url'), given('tinybird_port')];
  if (url !== undefined && portSetting !== undefined && urlPort !== null && urlPort !== tinybird_port) {
    throw new ConfigError(
      `${url.where} (${tinybird_url}) and ${portSetting.where} (${tinybird_port}) name two ports; set one of them, or both alike`,
    );
  }
  const local = loopbackPort(tinybird_url) !== null;
  const tokenless = (['append_token', 'read_token'] as const).find((name) => given(name) === undefined);
  if (!local && tokenless !== undefined) {
    throw new ConfigError(
      `${url?.where ?? 'tinybird_url'} (${new URL(tinybird_url).origin}) is not the store of this machine, so tokens are needed: set ${variables[tokenless]} to the workspace's token agent_telemetry_${tokenless === 'append_token' ? 'append' : 'read'}`,
    );
  }
  return {
    tinybird_url,
    append_token: read('append_token', LOCAL_TOKEN),
    read_token: read('read_token', LOCAL_TOKEN),
    home: resolve(read('home', join(sources.homeDir, '.agent-telemetry'))),
    privacy_tier: read('privacy_tier', 1),
    enabled: read('enabled', true),
    watch_transcripts: read('watch_transcripts', false),
    tinybird_port,
    otlp_grpc_port: read('otlp_grpc_port', 4717),
    collector_port: read('collector_port', 8317),
    api_port: read('api_port', 8318),
    dashboard_port: read('dashboard_port', 3100),
    idle_minutes: read('idle_minutes', 60),
    context_deadline_ms: read('context_deadline_ms', 400),
    otel_endpoint: read('otel_endpoint', null),
    otel_headers: read('otel_headers', ''),
    local,
    file,
  };
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
    throw new ConfigError(`${file} cannot be read (${(error as Error).message}); mend or remove it`);
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // Handled below, with the same message as for JSON that is not an object.
  }
  throw new ConfigError(`${file} is not a JSON object; mend or remove it`);
}

/** The file's settings, with those of its section `telemetry` moved up beside them. */
function withSection(
  { telemetry, ...settings }: Record<string, unknown>,
  file: string,
): Record<string, unknown> {
  if (telemetry === undefined) return settings;
  const isObject = typeof telemetry === 'object' && telemetry !== null && !Array.isArray(telemetry);
  const inside = isObject ? { ...telemetry } : undefined;
  const unknown = inside === undefined ? '' : Object.keys(inside).find((name) => !section.includes(name));
  if (inside === undefined || unknown !== undefined) {
    const what = inside === undefined ? 'is no object' : `has an unknown setting "${unknown}"`;
    throw new ConfigError(`${file}: telemetry ${what}; known are ${section.join(', ')}`);
  }
  return { ...settings, ...inside };
}

const numbers: ReadonlySet<SettingName> = new Set([
  'privacy_tier',
  'tinybird_port',
  'otlp_grpc_port',
  'collector_port',
  'api_port',
  'dashboard_port',
  'idle_minutes',
  'context_deadline_ms',
]);

/** Parses the text of an environment variable; the file's values already have types. */
function parseText(name: SettingName, text: string): unknown {
  if (name === 'enabled' || name === 'watch_transcripts')
    return /^(1|true|yes|on)$/i.test(text) ? true : /^(0|false|no|off)$/i.test(text) ? false : text;
  if (numbers.has(name)) {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  return text;
}

/** The port of an address of this machine; null for an address elsewhere. */
function loopbackPort(address: string): number | null {
  const { hostname, port, protocol } = new URL(address);
  if (protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return null;
  return port === '' ? 80 : Number(port);
}
