/**
 * The program of `atel backfill` alone: mostly nothing is new, and loading the other commands takes longer than finding
 * that out.
 */
import { setFlagsFromString } from 'node:v8';
import { newProgram, runProgram } from './command-line.js';
import { backfill } from './commands/backfill.js';
import { command } from './shared/command.js';

/**
 * How much a function must have run before V8 compiles it to optimised code, in V8's own measure (its default is about
 * 130,000). With the default, compiling takes a third of the processor time of a history of 100 MB, in threads of its
 * own: V8 compiles what has seen few kinds of lines yet, and soon again (bench/compare.ts).
 */
const INTERRUPT_BUDGET = 500_000;

setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);

await runProgram(newProgram(), [command(backfill, () => import('./actions/backfill.js'))]);
