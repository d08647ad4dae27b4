/** The program `inject.cjs`: the SessionStart hook. */
import { main } from './inject.js';

void main();
