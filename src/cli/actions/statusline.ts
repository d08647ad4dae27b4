/** The action of `atel statusline`, for its help: entry.ts starts the status line before the command line is loaded. */
export { main as run } from '../../hooks/statusline.js';
