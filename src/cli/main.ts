/** Runs the command line with all commands. entry.ts loads it for everything but the status line and a backfill. */
import { newProgram, runProgram } from './command-line.js';
import { commands } from './commands/index.js';

const program = newProgram();
// For `run`, options after the command belong to the command.
program.enablePositionalOptions();
await runProgram(program, commands);
