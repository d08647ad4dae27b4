/** What `atel init` says and asks about unread history on this machine. */
import type { Outside } from '../shared/command.js';
import { here, type Person } from '../shared/person.js';
import { unreadHere, unreadWords } from '../shared/history.js';

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
