/** Tells a person at a terminal that the store starts, which takes seconds; programs get no such line. */
export function sayStarting(
  output: { isTTY?: boolean; write: (text: string) => unknown } = process.stderr,
): void {
  if (output.isTTY === true) output.write('Starting the store…\n');
}
