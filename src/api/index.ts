/** REST and server-sent events over the pipes, and the page that shows them, each on a port of its own. */
export { startApi, type Api } from './api.js';
export type { Ingestion } from './metrics/figures.js';
export type { Writes } from './live.js';
export { remoteWrites } from './remote-writes.js';
