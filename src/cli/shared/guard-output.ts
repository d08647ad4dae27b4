/**
 * Ends the program if its output cannot be written: silently if the reader stopped reading (`atel sessions | head` is
 * not an error), else with an error line and exit code 1.
 */
export function guardOutput(complain: (line: string) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    complain(`the output cannot be written: ${error.message}`);
    process.exit(1);
  });
}
