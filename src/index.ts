export {
  createTinybirdClient,
  type CallOptions,
  type IngestOutcome,
  type QuestionParams,
  type TinybirdClient,
  type TinybirdClientOptions,
} from './client.js';
export { emit, type EmitOptions, type EmitOutcome, type EmittedEvent } from './emit/index.js';
export {
  exportAsTraces,
  exportEvents,
  OtlpError,
  type EventExportOptions,
  type TraceExportOptions,
  type TraceExportOutcome,
} from './exporters/index.js';
export * as log from './log/sdk.js';
export type { LogEvent, LogReading } from './log/index.js';
export { StoreError, type StoreErrorKind } from './store-error.js';
export * from './datasources/index.js';
export * from './pipes/index.js';
