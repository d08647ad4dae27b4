/** The table of settings: name, accepted values, default and purpose of each. */
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
  /** The purpose, as in docs/operations.md. */
  about: string;
  /** The default as in docs/operations.md, if the value alone is not clear. */
  shownFallback?: string;
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
const tier = kind(z.literal(1), '1 (the only tier of this version)', { fromText: asNumber });
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

function setting<T>(
  of: Kind<T>,
  row: Pick<Setting<NoInfer<T>>, 'variable' | 'fallback' | 'about' | 'shownFallback' | 'isInSection'>,
): Setting<T> {
  return { ...of, ...row };
}

/**
 * Every setting by its name in the file: accepted values, default, purpose. TINYBIRD_TOKEN is not a setting: it may
 * deploy, which recording and querying must not be able to do.
 */
const table = {
  tinybird_url: setting(address, {
    variable: 'TINYBIRD_URL',
    fallback: 'http://localhost:7181',
    about: 'http or https address of the store',
  }),
  append_token: setting(token, {
    fallback: LOCAL_TOKEN,
    about: 'token that writes; for a remote store',
  }),
  read_token: setting(token, {
    fallback: LOCAL_TOKEN,
    about: 'token that asks; for a remote store',
  }),
  home: setting(folder, {
    fallback: '~/.agent-telemetry',
    about: 'absolute path of the telemetry folder; environment only',
  }),
  privacy_tier: setting(tier, { fallback: 1, about: '1' }),
  enabled: setting(flag, {
    fallback: true,
    about: 'true or false (environment also 1, 0, yes, no, on, off)',
  }),
  watch_transcripts: setting(flag, {
    fallback: false,
    about: 'true: `atel up` reads all transcripts, hooks or not',
  }),
  tinybird_port: setting(port, {
    fallback: 7181,
    shownFallback: 'the port of `tinybird_url`, 7181',
    about: 'port of the embedded store',
  }),
  otlp_grpc_port: setting(port, {
    fallback: 4717,
    about: 'port of the OTLP listener over gRPC',
  }),
  collector_port: setting(port, {
    fallback: 8317,
    about: 'port of the collector over HTTP',
  }),
  api_port: setting(port, {
    fallback: 8318,
    about: 'port of the REST API',
  }),
  dashboard_port: setting(port, {
    fallback: 3100,
    about: 'port of the dashboard',
  }),
  spool_mb: setting(positive('MiB'), {
    fallback: 1024,
    about: 'MiB that may wait',
  }),
  spool_days: setting(positive('days'), {
    fallback: 36_500,
    about: 'days that rows may wait',
  }),
  idle_minutes: setting(positive('minutes'), {
    fallback: 60,
    about: 'when a background store stops, minutes',
  }),
  context_deadline_ms: setting(positive('milliseconds'), {
    fallback: 400,
    about: 'milliseconds that SessionStart may ask',
  }),
  prices: setting(priceTable, {
    fallback: {},
    shownFallback: '–',
    about: 'your own prices, by model',
  }),
  model_aliases: setting(aliasTable, {
    fallback: {},
    shownFallback: '–',
    about: 'names that a gateway gives to models',
  }),
  otel_endpoint: setting(endpoint, {
    fallback: null,
    about: 'address that traces are sent on to, or null',
    isInSection: true,
  }),
  otel_headers: setting(headers, {
    fallback: '',
    shownFallback: '–',
    about: 'headers for it, `name=value` by comma, percent-encoded',
    isInSection: true,
  }),
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
