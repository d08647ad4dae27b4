/** `atel backfill` by itself: mostly nothing is new, and to load the other commands takes longer than to find that out. */
import { newProgram, runProgram } from './command-line.js';
import { backfill } from './commands/backfill.js';

await runProgram(newProgram(), [backfill]);
