/** Finds the session that a user names by the first characters of its id. */
import { CommandError } from './command-error.js';
import type { Desk } from './answer.js';
import { plain } from '../render/text.js';

/** Earlier than any recorded event. */
const EVER = '1971-01-01 00:00:00';

/**
 * The session whose id begins with the given text, or is it.
 *
 * @throws {CommandError} if no session or more than one begins with it.
 */
export async function findSession({ asker }: Desk, id: string) {
  const found = await asker.ask('sessionList', { from: EVER, session_prefix: id, limit: 6 });
  const [one, ...others] = found.filter(({ session_id: found }) => found !== '');
  if (one === undefined) {
    throw new CommandError(`no session begins with "${plain(id)}": atel sessions --since 90d lists them`);
  }
  if (others.length > 0 && one.session_id !== id) {
    const some = [one, ...others].slice(0, 5).map(({ session_id: found }) => found);
    throw new CommandError(
      `"${plain(id)}" begins more than one session: ${some.join(', ')}${found.length > 5 ? ' …' : ''}`,
    );
  }
  return one;
}
