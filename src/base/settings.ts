/** The table of settings: name, accepted values and default of each. Their purpose is in about-settings.ts. */
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';

/** The token that the embedded server accepts from every program on this machine. */
export const LOCAL_TOKEN = 'local';

/** A kind of setting. */
interface Kind<T> {
  schema: z.ZodMiniType<T>;
  /** What it accepts, for the error about a wrong value. */
  takes: string;
  /** Converts the text of an environment variable to a value; returns the text itself if it is not valid. */
  fromText: (text: string) => unknown;
  /** Whether the value may be a secret: it is never shown, even if it is invalid. */
  isSecret: boolean;
}

interface Setting<T> extends Kind<T> {
  /** The environment variable, if it does not have the usual name. */
  variable?: string;
  fallback: T;
  /** Whether the environment cannot set it, because a repository could. */
  isFileOnly?: true;
  /** Whether it may also be in the section `telemetry` of the file. */
  isInSection?: true;
}

const asText = (text: string): unknown => text;
const asNumber = (text: string): unknown =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
const asFlag = (text: string): unknown =>
  /^(1|true|yes|on)$/i.test(text) ? true : /^(0|false|no|off)$/i.test(text) ? false : text;

function kind<T>(
  schema: z.ZodMiniType<T>,
  takes: string,
  { fromText = asText, isSecret = false }: Partial<Pick<Kind<T>, 'fromText' | 'isSecret'>> = {},
): Kind<T> {
  return { schema, takes, fromText, isSecret };
}

const address = kind(z.url({ protocol: /^https?$/ }), 'an http or https address');
const endpoint = kind(
  z.nullable(z.url({ protocol: /^https?$/ }).check(z.refine((url) => !url.includes('@')))),
  'an http or https address (passwords: otel_headers)',
);
/** The characters that an HTTP header can contain. */
const token = kind(z.string().check(z.regex(/^[\x21-\x7e]+$/)), 'letters, digits and signs without blanks', {
  isSecret: true,
});
/** `name=value`, separated by commas, percent-encoded, as in OTEL_EXPORTER_OTLP_HEADERS. */
const headers = kind(
  z.string().check(z.regex(/^(?:\s*[\w!#$%&'*+.^`|~-]+\s*=[\x20-\x2b\x2d-\x7e]*(?:,|$))*$/)),
  'name=value, several by comma',
  { isSecret: true },
);
/** A relative folder would be a different one in every project. */
const folder = kind(z.string().check(z.refine((path) => isAbsolute(path))), 'the absolute path of a folder');
const tier = kind(z.literal([1, 2, 3]), '1, 2 or 3', { fromText: asNumber });
/** A folder, or the name of a project with its hash. */
const isProject = (key: string): boolean =>
  isAbsolute(key) || key === '~' || key.startsWith('~/') || /^[^/]+-[0-9a-f]{8}$/.test(key);
const tierTable = kind(
  z.record(z.string().check(z.refine(isProject)), z.literal([1, 2, 3])),
  'projects by name (shop-7815fea6) or by absolute folder (/srv/shop, ~/shop), each with 1, 2 or 3',
);
const daysOrNever = kind(z.nullable(z.number().check(z.positive())), 'a positive number of days, or null');
const flag = kind(z.boolean(), 'true or false', { fromText: asFlag });
const port = kind(z.number().check(z.int(), z.gte(0), z.lte(65535)), 'a port from 0 to 65535', {
  fromText: asNumber,
});
const positive = (unit: string) =>
  kind(z.number().check(z.positive()), `a positive number of ${unit}`, { fromText: asNumber });

/** JSON in an environment variable; a text that is not JSON is refused and shown as it is. */
const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
const rate = z.number().check(z.gte(0));
const priceTable = kind(
  z.record(
    z.string().check(z.minLength(1)),
    z.strictObject({ input: rate, output: rate, write_5m: rate, write_1h: rate, read: rate }),
  ),
  'models by name, each with input, output, write_5m, write_1h and read in USD per million tokens',
  { fromText: asJson },
);
/** A model id has a version in it; `opus` alone names no price. */
const aliasTable = kind(
  z.record(z.string().check(z.minLength(1)), z.string().check(z.regex(/\d/))),
  'names, each with the id of the model that it stands for, such as claude-opus-5-5',
  { fromText: asJson },
);

/** What a command can be said to be. */
const commandClasses = ['test', 'lint', 'type_check', 'build', 'deploy', 'none'] as const;
/** The first word is the program, so it must be one. */
const commandTable = kind(
  z.record(z.string().check(z.regex(/^[^\s*-].{0,199}$/)), z.literal(commandClasses)),
  `first words of commands (* for any one word), each with one of ${commandClasses.join(', ')}`,
  { fromText: asJson },
);

const command = kind(z.nullable(z.string()), 'a command, or null');
/** Alerts leave this machine only through a command that the user names: see alerts/deliver.ts. */
const ownAddress = kind(z.nullable(address.schema), 'an address of this machine, or null');

/** The beginning of a metric's name; a colon is for recording rules. */
const metricPrefix = kind(
  z.string().check(z.regex(/^[a-zA-Z_]\w{0,63}$/)),
  'the beginning of a name in Prometheus: letters, digits and _, no digit first',
);

function setting<T>(
  of: Kind<T>,
  fallback: NoInfer<T>,
  more?: Pick<Setting<NoInfer<T>>, 'variable' | 'isFileOnly' | 'isInSection'>,
): Setting<T> {
  return { ...of, fallback, ...more };
}

/** Only in the file. */
const inFile = { isFileOnly: true } as const;
/** In the file also in its section `telemetry`. */
const inSection = { isInSection: true } as const;

/**
 * Every setting by its name in the file: accepted values, default. TINYBIRD_TOKEN is not a setting: it may
 * deploy, which recording and querying must not be able to do.
 */
const table = {
  tinybird_url: setting(address, 'http://localhost:7181', { variable: 'TINYBIRD_URL' }),
  append_token: setting(token, LOCAL_TOKEN),
  read_token: setting(token, LOCAL_TOKEN),
  home: setting(folder, '~/.agent-telemetry'),
  privacy_tier: setting(tier, 1),
  project_tiers: setting(tierTable, {}, inFile),
  contents_days: setting(daysOrNever, 30, inFile),
  retention_days: setting(daysOrNever, null, inFile),
  enabled: setting(flag, true),
  watch_transcripts: setting(flag, false),
  tinybird_port: setting(port, 7181),
  otlp_grpc_port: setting(port, 4717),
  collector_port: setting(port, 8317),
  api_port: setting(port, 8318),
  dashboard_port: setting(port, 3100),
  spool_mb: setting(positive('MiB'), 1024),
  spool_days: setting(positive('days'), 36_500),
  idle_minutes: setting(positive('minutes'), 60),
  context_deadline_ms: setting(positive('milliseconds'), 400),
  prices: setting(priceTable, {}),
  model_aliases: setting(aliasTable, {}),
  quality_commands: setting(commandTable, {}),
  metrics_prefix: setting(metricPrefix, 'agent_telemetry_'),
  alert_command: setting(command, null, inFile),
  alert_webhook: setting(ownAddress, null, inFile),
  otel_endpoint: setting(endpoint, null, inSection),
  otel_headers: setting(headers, '', inSection),
};

type ValueOf<S> = S extends Setting<infer T> ? T : never;

export type Settings = { [Name in keyof typeof table]: ValueOf<(typeof table)[Name]> };
export type SettingName = keyof Settings;

export const settings: { readonly [Name in SettingName]: Setting<Settings[Name]> } = table;

export const settingNames: readonly SettingName[] = Object.keys(table).filter(isSetting);

export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(table, name);
}

/** The environment variable of a setting. It overrides the file. */
export function variableOf(name: SettingName): string {
  return settings[name].variable ?? `AGENT_TELEMETRY_${name.toUpperCase()}`;
}
