/** Exports the trace of one command, for `atel run --otel-endpoint`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import { headersFor } from '../traces/export.js';
import { sendSpans, tracesUrl } from '../traces/otlp-http.js';
import { passOn, emptyTally } from '../traces/pass-on.js';
import { spanIdOf, type Span } from '../traces/span.js';
import { eventsOf, sourceOf, type TraceSource } from '../traces/traces.js';
import { spansOfWork } from '../traces/work-spans.js';
import { asText, parseObject } from '../base/json/json.js';
import { StoreError } from '../store/store-error.js';

/** How long to wait for the command's end to arrive in the store, milliseconds: another drain may be delivering it. */
const ARRIVAL_MS = 60_000;
const FIRST_LOOK_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

const PATIENCE = { timeoutMs: 10_000, retryMs: 60_000 };

/**
 * Sends the spans of one command, and of everything that happened within it, to an OpenTelemetry endpoint.
 *
 * @param asked JSON: `url`, `command` (its id) and `since` (when it started, ISO 8601)
 * @throws {Error} with a one-line message, if the endpoint or the store does not answer
 */
export async function exportRun(config: Config, asked: string): Promise<void> {
  const { url, command, since } = parseObject(asked) ?? {};
  const [to, id, started] = [asText(url), asText(command), Date.parse(asText(since) ?? '')];
  if (to === undefined || id === undefined || Number.isNaN(started)) return;
  // The always-on export sends the same spans to the same endpoint.
  if (config.otel_endpoint !== null && tracesUrl(config.otel_endpoint) === to) return;
  const client = configuredClient(config);
  const spans = await arrived(sourceOf(client), id, new Date(started));
  const target = { url: to, headers: headersFor(config, to) };
  const tally = emptyTally();
  await passOn(spans, (some) => sendSpans(target, some, PATIENCE), tally);
  if (tally.refused > 0) throw new Error(`${to} refused ${tally.refused} spans: ${tally.reason}`);
}

async function arrived(source: TraceSource, command: string, since: Date): Promise<Span[]> {
  const deadline = Date.now() + ARRIVAL_MS;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const events = await eventsOf(source, since, null).catch((error: unknown) => {
      if (error instanceof StoreError && Date.now() < deadline) return [];
      throw error;
    });
    const spans = below(spanIdOf('command', command), spansOfWork(events));
    if (spans[0]?.isOver === true) return spans;
    if (Date.now() > deadline)
      throw new Error(`the end of a command was not stored in time: its trace was not sent`);
    await sleep(pause);
  }
}

/** A span and all its descendants, itself first; empty if the span does not exist. */
function below(root: string, spans: readonly Span[]): Span[] {
  const found = new Set([root]);
  // The spans are in order: a parent comes before its children.
  return spans.filter(({ spanId, parentSpanId }) => {
    if (found.has(parentSpanId)) found.add(spanId);
    return found.has(spanId);
  });
}
