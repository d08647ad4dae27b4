export { OtlpError } from './otlp-error.js';
export {
  exportAsTraces,
  exportEvents,
  type EventExportOptions,
  type TraceExportOptions,
  type TraceExportOutcome,
} from './sdk.js';
