/**
 * The environment variables that switch on Claude Code's OpenTelemetry export to our collector, and how they are added
 * to settings and removed. Pure. Source: reference notes on Claude Code, §4.1.
 */
import { isObject } from '../../base/json/json.js';

/** The encodings of the export. */
export const otelProtocols = ['http/protobuf', 'http/json', 'grpc'] as const;

export type OtelProtocol = (typeof otelProtocols)[number];

type Settings = Record<string, unknown>;

/** The variables, with the collector's ports. */
export function otelEnvironment(
  protocol: OtelProtocol,
  ports: { grpc: number; http: number },
): Record<string, string> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    // Traces are a beta feature of the client; only they contain a subagent's id.
    CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? ports.grpc : ports.http}`,
    // Each export then contains the changes since the last one, whatever the shell sets.
    [TEMPORALITY]: 'delta',
  };
}

/** A variable that our block did not have in earlier versions. */
const TEMPORALITY = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';

/** The variables that our block always had. */
const blockNames = Object.keys(otelEnvironment('grpc', { grpc: 0, http: 0 })).filter(
  (name) => name !== TEMPORALITY,
);

/** Variables for a single signal: they override those for all signals. */
const ofOneSignal = /^OTEL_EXPORTER_OTLP_(LOGS|METRICS|TRACES)_(ENDPOINT|PROTOCOL)$/;

/** Variables that exist with another value: the user exports elsewhere and must decide. */
export function otelConflicts(settings: Settings, wanted: Record<string, string>): string[] {
  const env = environmentOf(settings);
  const others = hasOtel(settings)
    ? []
    : Object.keys(wanted).filter((name) => name in env && env[name] !== wanted[name]);
  return [...others, ...Object.keys(env).filter((name) => leadsElsewhere(name, env[name], wanted))];
}

/** Variables of an overriding environment that differ from the wanted ones. */
export function otelOverridden(env: Record<string, unknown>, wanted: Record<string, unknown>): string[] {
  return Object.keys(env).filter(
    (name) => (name in wanted && env[name] !== wanted[name]) || leadsElsewhere(name, env[name], wanted),
  );
}

/** Variables for one signal in the environment of a shell: those for all signals do not override them. */
export function otelOfShell(env: Record<string, unknown>, wanted: Record<string, unknown>): string[] {
  return Object.keys(env).filter((name) => leadsElsewhere(name, env[name], wanted));
}

function leadsElsewhere(name: string, value: unknown, wanted: Record<string, unknown>): boolean {
  const [, signal, what] = ofOneSignal.exec(name) ?? [];
  if (signal === undefined) return false;
  if (what === 'PROTOCOL') return value !== wanted.OTEL_EXPORTER_OTLP_PROTOCOL;
  const endpoint = wanted.OTEL_EXPORTER_OTLP_ENDPOINT;
  return value !== endpoint && value !== `${String(endpoint)}/v1/${signal.toLowerCase()}`;
}

/** Adds the variables to the settings' `env`, or replaces those of an earlier protocol of ours. */
export function addOtel(settings: Settings, wanted: Record<string, string>): Settings {
  return { ...settings, env: { ...environmentOf(settings), ...wanted } };
}

/**
 * Removes the variables if they point to this machine's collector; a foreign export stays.
 *
 * @param before the settings before the variables were added, if known: an earlier value is restored
 */
export function removeOtel(settings: Settings, before: Settings = {}): Settings {
  if (!hasOtel(settings)) return settings;
  const earlier = environmentOf(before);
  const names = [...blockNames, TEMPORALITY];
  const kept = Object.entries(environmentOf(settings)).flatMap(([name, value]): [string, unknown][] => {
    if (!names.includes(name)) return [[name, value]];
    return name in earlier ? [[name, earlier[name]]] : [];
  });
  const others = Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'env'));
  return kept.length === 0 && !('env' in before) ? others : { ...settings, env: Object.fromEntries(kept) };
}

/** Our variables in the settings. */
export function otelBlock(settings: Settings): Record<string, unknown> {
  const names = [...blockNames, TEMPORALITY];
  return Object.fromEntries(Object.entries(environmentOf(settings)).filter(([name]) => names.includes(name)));
}

/** Whether the settings contain the complete block of variables with a port of 127.0.0.1: then it is ours. */
export function hasOtel(settings: Settings): boolean {
  const env = environmentOf(settings);
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return (
    typeof endpoint === 'string' &&
    /^http:\/\/127\.0\.0\.1:\d+$/.test(endpoint) &&
    blockNames.every((name) => name in env)
  );
}

/** The environment that settings give to a session. */
export function environmentOf(settings: Settings): Record<string, unknown> {
  const { env } = settings;
  return isObject(env) ? { ...env } : {};
}
