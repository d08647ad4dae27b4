export {
  createTinybirdClient,
  type CallOptions,
  type IngestOutcome,
  type QuestionParams,
  type TinybirdClient,
  type TinybirdClientOptions,
} from './client.js';
export { emit, type EmitOptions, type EmitOutcome, type EmittedEvent } from './emit/index.js';
export { StoreError, type StoreErrorKind } from './store-error.js';
export * from './datasources/index.js';
export * from './pipes/index.js';
