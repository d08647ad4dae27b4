/** The typed client under the name that the design card gives it; `src/store/` holds it. */
export {
  createTinybirdClient,
  type CallOptions,
  type IngestOutcome,
  type QuestionParams,
  type TinybirdClient,
  type TinybirdClientOptions,
} from './store/client.js';
