import { createTinybirdClient } from '../../src/store/client.js';
import type { TinybirdClient } from '../../src/store/client-types.js';

/** A client of a local store, with enough time for answers on a busy machine. */
export const testClient = (baseUrl: string): TinybirdClient =>
  createTinybirdClient({ baseUrl, token: 'local', timeoutMs: 60_000 });
