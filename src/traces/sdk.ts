/** The SDK's exports of traces. The heavy modules are loaded when one of them is called. */
import type { EventExportOptions, TraceExportOptions, TraceExportOutcome } from './options.js';

/**
 * Sends the traces of a period to an OpenTelemetry backend: those of Claude Code's sessions (session → prompt →
 * subagent → request, tool call) and of your own tools (command → wave → issue → phase), each whole. The same as `atel
 * export --format otel --endpoint`. Span ids are hashes of what happened, so sending again duplicates nothing in a
 * backend that stores spans by id. Only names, times, counts and prices are sent, never texts.
 *
 * @throws {OtlpError} if the endpoint does not answer or refuses; what was sent before stays sent
 * @throws {StoreError} if the store does not answer
 * @throws {TypeError} for an invalid endpoint or time
 *
 * @example
 * ```ts
 * import { exportAsTraces } from 'atel';
 *
 * const { spans, refused } = await exportAsTraces({ endpoint: 'http://localhost:4318', days: 1 });
 * console.log(`${spans} spans sent, ${refused} refused`);
 * ```
 */
export async function exportAsTraces(options: TraceExportOptions = {}): Promise<TraceExportOutcome> {
  return (await import('./export.js')).exportPeriodAsTraces(options);
}

/**
 * Sends the events of your own tools (`emit`, `atel run`) to an OpenTelemetry backend as spans: command → wave → issue
 * → phase. Reads them from the store or, with `events`, from a project's log without a store: `exportEvents({ endpoint,
 * events: log.read() })`. Both give the same ids. Whatever would be filtered on the way to the store is not sent
 * either.
 *
 * Throws like {@link exportAsTraces}.
 *
 * @example
 * ```ts
 * import { exportEvents, log } from 'atel';
 *
 * await exportEvents({ endpoint: 'http://localhost:4318', events: log.read({ days: 1 }) });
 * ```
 */
export async function exportEvents(options: EventExportOptions = {}): Promise<TraceExportOutcome> {
  return (await import('./export.js')).exportReportedEvents(options);
}
