/** Traces for OpenTelemetry backends. */
export type { EventExportOptions, TraceExportOptions, TraceExportOutcome } from './options.js';
export { OtlpError } from './otlp-error.js';
export { exportAsTraces, exportEvents } from './sdk.js';
