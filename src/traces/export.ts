/** Exports traces from the store, or the events of a project's log as traces, to an OTLP endpoint. */
import { configuredClient } from '../store/client.js';
import type { TinybirdClient } from '../store/client-types.js';
import { loadConfig, type Config } from '../base/config.js';
import type { LogEvent } from '../project-log/index.js';
import { readAskedTime } from '../base/time/asked-time.js';
import { readEmitted } from '../signals/emitted.js';
import { readHeaders, sendSpans, tracesUrl, USUAL_PATIENCE, type OtlpTarget } from './otlp-http.js';
import { emptyTally, passOn, type Tally, type TakeSpans } from './pass-on.js';
import type { EventExportOptions, TraceExportOptions, TraceExportOutcome } from './options.js';
import { sessionTraces, sourceOf, workTraces } from './traces.js';
import { spansOfWork, type WorkEvent } from './work-spans.js';

export async function exportPeriodAsTraces(options: TraceExportOptions): Promise<TraceExportOutcome> {
  const take = takerOf(options);
  const source = sourceOf(clientOf(options));
  const { from, to } = timeOf(options);
  const time = {
    from,
    ...(to === null ? {} : { to }),
    ...(options.project === undefined ? {} : { project: options.project }),
  };
  const tally = emptyTally();
  await passOn(await workTraces(source, from, to, options.project), take, tally);
  for await (const { spans } of sessionTraces(source, time)) await passOn(spans, take, tally);
  return outcomeOf(tally);
}

export async function exportReportedEvents(options: EventExportOptions): Promise<TraceExportOutcome> {
  const take = takerOf(options);
  const tally = emptyTally();
  await passOn(await spansOf(options), take, tally);
  return outcomeOf(tally);
}

async function spansOf(options: EventExportOptions) {
  if (options.events === undefined) {
    const { from, to } = timeOf(options);
    return workTraces(sourceOf(clientOf(options)), from, to, options.project);
  }
  const rows: WorkEvent[] = [];
  for await (const event of options.events) {
    const row = storedRow(event);
    if (row !== undefined) rows.push(row);
  }
  return spansOfWork(rows);
}

/** An event of a log as the store would have it: filtered in the same way, with the same identity. */
function storedRow({ at, payload, tool_name: tool, ...columns }: LogEvent): WorkEvent | undefined {
  const line = { ...payload, ...columns, tool, timestamp: at };
  const recorder = { device: '', privacyTier: 1, origin: 'live' } as const;
  const signal = readEmitted(line, columns.event_id, recorder);
  return signal?.table === 'telemetry_events' ? signal.row : undefined;
}

/** @throws {TypeError} */
function takerOf(options: TraceExportOptions): TakeSpans {
  const target = targetOf(options);
  const patience = {
    timeoutMs: options.timeoutMs ?? USUAL_PATIENCE.timeoutMs,
    retryMs: options.retryMs ?? USUAL_PATIENCE.retryMs,
  };
  return (spans) => sendSpans(target, spans, patience);
}

function targetOf({ endpoint, headers }: TraceExportOptions): OtlpTarget {
  const given = endpoint === undefined ? undefined : urlOf(endpoint);
  if (given !== undefined && headers !== undefined) return { url: given, headers };
  const config = loadConfig();
  const url = given ?? (config.otel_endpoint === null ? undefined : urlOf(config.otel_endpoint));
  if (url === undefined) throw new TypeError('no endpoint: pass one, or set otel_endpoint in the settings');
  return { url, headers: headers ?? headersFor(config, url) };
}

function urlOf(endpoint: string): string {
  const url = tracesUrl(endpoint);
  if (url === undefined)
    throw new TypeError(`endpoint takes an address such as http://localhost:4318, not "${endpoint}"`);
  return url;
}

/**
 * The headers in the settings, if they are meant for this address. They may hold a secret, so if the settings name an
 * endpoint, only that one gets them.
 */
export function headersFor(
  { otel_endpoint: own, otel_headers: headers }: Config,
  url: string,
): Record<string, string> {
  return own !== null && tracesUrl(own) !== url ? {} : (readHeaders(headers) ?? {});
}

function clientOf({ client }: TraceExportOptions): TinybirdClient {
  if (client !== undefined) return client;
  const config = loadConfig();
  return configuredClient(config, {
    timeoutMs: 60_000,
  });
}

/** @throws {TypeError} */
function timeOf(options: TraceExportOptions): { from: Date; to: Date | null } {
  const { from, to } = readAskedTime(options, Date.now());
  return { from: new Date(from), to: to === null ? null : new Date(to) };
}

function outcomeOf({ spans, traces, refused, reason }: Tally): TraceExportOutcome {
  return { spans, traces: traces.size, refused, reason: reason === '' ? null : reason };
}
