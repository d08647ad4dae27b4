/** The options and the result of an export of traces. */
import type { AskedTime } from '../base/time/asked-time.js';
import type { LogEvent } from '../project-log/index.js';
import type { TinybirdClient } from '../store/client-types.js';
import type { Ms } from '../base/time/units.js';

/** Which traces to send, from where and to where. */
export interface TraceExportOptions extends AskedTime {
  /**
   * OTLP/HTTP endpoint, like `http://localhost:4318`; `/v1/traces` is added if it is missing. Default: `otel_endpoint`
   * of the settings.
   */
  endpoint?: string;
  /**
   * Sent with every request, not percent-encoded. Default: `otel_headers` of the settings, if the endpoint is that of
   * the settings.
   */
  headers?: Readonly<Record<string, string>>;
  /** The store to read from. Default: that of the settings. */
  client?: TinybirdClient;
  /** Only this project, as in the column `project`. */
  project?: string;
  /** Deadline of one request, milliseconds. Default 30,000. */
  timeoutMs?: Ms;
  /** How long to keep retrying an endpoint that asks to wait (429, 502, 503, 504), milliseconds. Default 120,000. */
  retryMs?: Ms;
}

export interface EventExportOptions extends TraceExportOptions {
  /**
   * Events of a log, from `log.read`, to send instead of the store's. Then `days`, `from`, `to` and `project` have no
   * effect.
   */
  events?: Iterable<LogEvent> | AsyncIterable<LogEvent>;
}

/** The result of an export. */
export interface TraceExportOutcome {
  /** Spans that the endpoint accepted. */
  spans: number;
  /** Number of traces that these spans belong to. */
  traces: number;
  /** Spans that the endpoint refused while it accepted others, and its reason; null if it gave none. */
  refused: number;
  reason: string | null;
}
