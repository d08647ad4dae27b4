/**
 * Ends the program where its output cannot be written: quietly where the reader stopped reading
 * (`atel sessions | head` is no failure), else with a line that says why, and exit code 1.
 */
export function guardOutput(complain: (line: string) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    complain(`the output cannot be written: ${error.message}`);
    process.exit(1);
  });
}
