/** Exports for a program: what is heavy is loaded when one of them is called. */
import type { EventExportOptions, TraceExportOptions, TraceExportOutcome } from './options.js';

/**
 * Sends what happened in a time to an OpenTelemetry backend: the traces of Claude Code's sessions (session → prompt →
 * subagent → request, tool call) and of your own tools (command → wave → issue → phase), each whole. The same as
 * `atel export --format otel --endpoint`. Ids of spans are hashes of what happened: to send again doubles nothing
 * where a backend stores a span by its id. Only names, times, counts and prices are sent, never a text.
 *
 * @throws {OtlpError} where the endpoint does not answer, or refuses; what was sent before that stays sent
 * @throws {StoreError} where the store does not answer
 * @throws {TypeError} for an endpoint or a time that is none
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
  return (await import('./export.js')).exportTimeAsTraces(options);
}

/**
 * Sends what your own tools told (`emit`, `atel run`) to an OpenTelemetry backend, as spans: command → wave → issue
 * → phase. From the store, or, with `events`, from a project's log, without one: `exportEvents({ endpoint, events:
 * log.read() })`. Both give the same ids. What would be filtered on the way to the store is not sent either.
 *
 * Throws as {@link exportAsTraces} does.
 *
 * @example
 * ```ts
 * import { exportEvents, log } from 'atel';
 *
 * await exportEvents({ endpoint: 'http://localhost:4318', events: log.read({ days: 1 }) });
 * ```
 */
export async function exportEvents(options: EventExportOptions = {}): Promise<TraceExportOutcome> {
  return (await import('./export.js')).exportToldEvents(options);
}
