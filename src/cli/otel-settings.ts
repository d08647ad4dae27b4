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
  };
}

/** Variables that are there with another value: someone exports elsewhere, and must decide. */
export function otelConflicts(settings: Settings, wanted: Record<string, string>): string[] {
  const env = environmentOf(settings);
  const replaceable = isOurs(env);
  return Object.keys(wanted).filter((name) => name in env && env[name] !== wanted[name] && !replaceable);
}

/** Adds the variables to the settings' `env`, or replaces those of an earlier protocol of ours. */
export function addOtel(settings: Settings, wanted: Record<string, string>): Settings {
  return { ...settings, env: { ...environmentOf(settings), ...wanted } };
}

/** Takes the variables out where they lead to this machine's collector; a foreign export stays. */
export function removeOtel(settings: Settings): Settings {
  const env = environmentOf(settings);
  if (!isOurs(env)) return settings;
  const names = Object.keys(otelEnvironment('grpc', { grpc: 0, http: 0 }));
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
  const others = Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'env'));
  return Object.keys(rest).length === 0 ? others : { ...settings, env: rest };
}

/** Ours is a whole block of these variables that leads to a port of 127.0.0.1. */
function isOurs(env: Record<string, unknown>): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const names = Object.keys(otelEnvironment('grpc', { grpc: 0, http: 0 }));
  return (
    typeof endpoint === 'string' &&
    /^http:\/\/127\.0\.0\.1:\d+$/.test(endpoint) &&
    names.every((name) => name in env)
  );
}

function environmentOf(settings: Settings): Record<string, unknown> {
  const { env } = settings;
  return typeof env === 'object' && env !== null && !Array.isArray(env) ? { ...env } : {};
}
