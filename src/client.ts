/** `createTinybirdClient` under the path that the design card prescribes; its code and types are in `src/store/`. */
export { createTinybirdClient } from './store/client.js';
export type {
  CallOptions,
  IngestOutcome,
  QuestionParams,
  TinybirdClient,
  TinybirdClientOptions,
} from './store/client-types.js';
