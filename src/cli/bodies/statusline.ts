/** `atel statusline`. entry.ts answers it before the command line is loaded; this export is used for its help. */
export { main as statusline } from '../../hooks/statusline.js';
