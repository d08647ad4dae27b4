/** Asks the person at the terminal. */
import { createInterface } from 'node:readline/promises';

/** The user's terminal. */
export interface Person {
  isThere: boolean;
  /** The answer to a question; empty for the return key alone. */
  ask: (question: string) => Promise<string>;
}

export const here: Person = {
  // A script has no terminal on one of them.
  isThere: process.stdin.isTTY && process.stdout.isTTY,
  ask: (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('no')));
    return Promise.race([lines.question(question), closed]).finally(() => lines.close());
  },
};
