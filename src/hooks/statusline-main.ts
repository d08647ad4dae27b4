import { main } from './statusline.js';

void main();
