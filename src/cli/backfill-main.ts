/** `atel backfill` by itself: mostly nothing is new, and to load the other commands takes longer than to find that out. */
import { addBackfill } from './backfill-command.js';
import { newProgram, print, runProgram } from './command-line.js';

const program = newProgram();
addBackfill(program, print);
await runProgram(program);
