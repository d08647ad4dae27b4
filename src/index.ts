export * from './client.js';
export { emit, type EmitOptions, type EmitOutcome, type EmittedEvent } from './emit/index.js';
export {
  exportAsTraces,
  exportEvents,
  OtlpError,
  type EventExportOptions,
  type TraceExportOptions,
  type TraceExportOutcome,
} from './traces/index.js';
export * as log from './project-log/sdk.js';
export type { LogEvent, LogReading } from './project-log/index.js';
export { StoreError, type StoreErrorKind } from './store/store-error.js';
export * from './catalogue.js';
