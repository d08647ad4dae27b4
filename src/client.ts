/** `createTinybirdClient` under the path that the design card prescribes; its code and types are in `src/store/`. */
export {
  createTinybirdClient,
  type CallOptions,
  type IngestOutcome,
  type QuestionParams,
  type TinybirdClient,
  type TinybirdClientOptions,
} from './store/client.js';
