/** What an export of traces takes, and what came of it. */
import type { AskedTime } from '../base/time/asked-time.js';
import type { LogEvent } from '../project-log/index.js';
import type { TinybirdClient } from '../store/client.js';
import type { Ms } from '../base/time/units.js';

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
  timeoutMs?: Ms;
  /** How long an endpoint that asks to wait (429, 502, 503, 504) is asked again, milliseconds. Default 120,000. */
  retryMs?: Ms;
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
