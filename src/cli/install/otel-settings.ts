/**
 * The environment that switches on Claude Code's OpenTelemetry towards our collector, and how it gets in and
 * out of its settings. Pure. Source: reference notes on Claude Code, §4.1.
 */

/** How the client encodes what it sends. */
export const otelProtocols = ['http/protobuf', 'http/json', 'grpc'] as const;

export type OtelProtocol = (typeof otelProtocols)[number];

type Settings = Record<string, unknown>;

/** The variables, for the collector's ports. */
export function otelEnvironment(
  protocol: OtelProtocol,
  ports: { grpc: number; http: number },
): Record<string, string> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    // Traces are a beta of the client: they alone tell a subagent's id.
    CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? ports.grpc : ports.http}`,
    // Each export tells what was added since the last one, whatever the shell asks for.
    [TEMPORALITY]: 'delta',
  };
}

/** What our block did not have in earlier versions. */
const TEMPORALITY = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';

/** What our block always had. */
const blockNames = Object.keys(otelEnvironment('grpc', { grpc: 0, http: 0 })).filter(
  (name) => name !== TEMPORALITY,
);

/** Variables that lead one signal alone elsewhere: they win over those for all. */
const ofOneSignal = /^OTEL_EXPORTER_OTLP_(LOGS|METRICS|TRACES)_(ENDPOINT|PROTOCOL)$/;

/** Variables that are there with another value: someone exports elsewhere, and must decide. */
export function otelConflicts(settings: Settings, wanted: Record<string, string>): string[] {
  const env = environmentOf(settings);
  const others = hasOtel(settings)
    ? []
    : Object.keys(wanted).filter((name) => name in env && env[name] !== wanted[name]);
  return [...others, ...Object.keys(env).filter((name) => leadsElsewhere(name, env[name], wanted))];
}

/** Variables of an environment that wins over the wanted one, and says something else. */
export function otelOverridden(env: Record<string, unknown>, wanted: Record<string, unknown>): string[] {
  return Object.keys(env).filter(
    (name) => (name in wanted && env[name] !== wanted[name]) || leadsElsewhere(name, env[name], wanted),
  );
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
 * Takes the variables out where they lead to this machine's collector; a foreign export stays.
 *
 * @param before the settings before they were added, where that is known: a variable that stood there comes back
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

/** Our variables as settings have them. */
export function otelBlock(settings: Settings): Record<string, unknown> {
  const names = [...blockNames, TEMPORALITY];
  return Object.fromEntries(Object.entries(environmentOf(settings)).filter(([name]) => names.includes(name)));
}

/** Whether the settings hold a whole block of these variables that leads to a port of 127.0.0.1: that is ours. */
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
  return typeof env === 'object' && env !== null && !Array.isArray(env) ? { ...env } : {};
}
