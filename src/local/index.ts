/**
 * The embedded Tinybird: an HTTP server on chDB that works with the unchanged official SDK client and CLI. It knows
 * nothing about the data that is stored in it.
 */
export { LocalServerError } from './errors.js';
export { serve, type ServeOptions, type TinybirdServer } from './serve.js';
export { leaveWorkingFolder } from './working-folder.js';
export { checkedProject, type CheckedProject } from './workspace/checked-project.js';
export { startLocalServer, type LocalServer, type LocalServerOptions } from './server.js';
