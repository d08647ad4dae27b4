/** REST and server-sent events over the pipes, and the page that shows them; each a listener of its own. */
export { startApi, type Api } from './api.js';
