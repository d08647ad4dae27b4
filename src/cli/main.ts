import { newProgram, runProgram } from './command-line.js';
import { commands } from './commands/index.js';

const program = newProgram();
// Of `run`, options behind the command are the command's.
program.enablePositionalOptions();
await runProgram(program, commands);
