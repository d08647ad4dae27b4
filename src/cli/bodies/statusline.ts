// `atel statusline` is answered before the command line is loaded (entry.ts); this serves its help.
export { main as statusline } from '../../hooks/statusline.js';
