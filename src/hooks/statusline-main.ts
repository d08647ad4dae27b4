/** The program `statusline.cjs`: the status line. */
import { main } from './statusline.js';

void main();
