/** Exports for a program: what is heavy is loaded when one of them is called. */
import type { TinybirdClient } from '../store/client.js';
import type { LogEvent } from '../project-log/index.js';
import type { AskedTime } from '../base/time/asked-time.js';

/** Where traces go to, of which time, and from where. */
export interface TraceExportOptions extends AskedTime {
  /**
   * Where OTLP over HTTP is taken, like `http://localhost:4318`; `/v1/traces` is added unless it is there. Default:
   * `otel_endpoint` of the settings.
   */
  endpoint?: string;
  /** Sent with every request, not encoded. Default: `otel_headers` of the settings, where the endpoint is theirs. */
  headers?: Readonly<Record<string, string>>;
  /** The store that is read. Default: that of the settings. */
  client?: TinybirdClient;
  /** Only this project, as the column `project` has it. */
  project?: string;
  /** How long one request may take, milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** How long an endpoint that asks to wait (429, 502, 503, 504) is asked again, milliseconds. Default 120,000. */
  retryMs?: number;
}

export interface EventExportOptions extends TraceExportOptions {
  /** Events of a log, as `log.read` gives them, instead of the store's: `days`, `from`, `to` and `project` then narrow nothing. */
  events?: Iterable<LogEvent> | AsyncIterable<LogEvent>;
}

/** What was exported. */
export interface TraceExportOutcome {
  /** Spans that the endpoint took. */
  spans: number;
  /** Traces that these are of. */
  traces: number;
  /** Spans that it refused in an answer that took others, and why, in its own words; null where it did not say. */
  refused: number;
  reason: string | null;
}

/**
 * Sends what happened in a time to an OpenTelemetry backend: the traces of Claude Code's sessions (session → prompt →
 * subagent → request, tool call) and of your own tools (command → wave → issue → phase), each whole. The same as
 * `atel export --format otel --endpoint`. Ids of spans are hashes of what happened: to send again doubles nothing
 * where a backend stores a span by its id. Only names, times, counts and prices are sent, never a text.
 *
 * @throws {OtlpError} where the endpoint does not answer, or refuses; what was sent before that stays sent
 * @throws {StoreError} where the store does not answer
 * @throws {TypeError} for an endpoint or a time that is none
 */
export async function exportAsTraces(options: TraceExportOptions = {}): Promise<TraceExportOutcome> {
  return (await import('./export.js')).exportTimeAsTraces(options);
}

/**
 * Sends what your own tools told (`emit`, `atel run`) to an OpenTelemetry backend, as spans: command → wave → issue
 * → phase. From the store, or, with `events`, from a project's log, without one: `exportEvents({ endpoint, events:
 * log.read() })`. Both give the same ids. What would be filtered on the way to the store is not sent either.
 *
 * Throws as {@link exportAsTraces} does.
 */
export async function exportEvents(options: EventExportOptions = {}): Promise<TraceExportOutcome> {
  return (await import('./export.js')).exportToldEvents(options);
}
