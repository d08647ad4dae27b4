/** What `atel init` says and asks about unread history on this machine. */
import { createInterface } from 'node:readline/promises';
import type { Outside } from '../shared/command.js';
import { unreadHere, unreadWords } from '../shared/history.js';

/** The user's terminal. */
interface Person {
  isThere: boolean;
  /** The answer to a question; empty for the return key alone. */
  ask: (question: string) => Promise<string>;
}

const here: Person = {
  // A script has no terminal on one of them.
  isThere: process.stdin.isTTY && process.stdout.isTTY,
  ask: (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('no')));
    return Promise.race([lines.question(question), closed]).finally(() => lines.close());
  },
};

/** Offers to read unread history. Without a terminal it only says how. */
export async function offerHistory(outside: Outside, person: Person = here): Promise<void> {
  const unread = unreadHere(outside.config());
  if (unread === null) return;
  const words = unreadWords(unread);
  if (!person.isThere) {
    outside.print(`${words}: atel backfill reads them.`);
    return;
  }
  const answer = await person.ask(`${words}. Read them now? [Y/n] `);
  if (!/^(y(es)?)?$/i.test(answer.trim())) {
    outside.print('atel backfill reads them at any time.');
    return;
  }
  const { run } = await import('./backfill.js');
  await run({ root: [] }, outside);
}
