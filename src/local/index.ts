/**
 * The embedded Tinybird: an HTTP server on chDB that the official SDK client and CLI work with unchanged.
 * It knows nothing of what is stored in it.
 */
export { LocalServerError } from './errors.js';
export { leaveWorkingFolder } from './working-folder.js';
export { startLocalServer, type LocalServer, type LocalServerOptions } from './server.js';
