/**
 * The program of `atel backfill` alone: mostly nothing is new, and loading the other commands takes longer than finding
 * that out.
 */
import { newProgram, runProgram } from './command-line.js';
import { backfill } from './commands/backfill.js';
import { command } from './shared/command.js';

await runProgram(newProgram(), [command(backfill, () => import('./actions/backfill.js'))]);
