/** `atel restart`: stops the embedded store and starts it in the background. */
import { CommandError } from '../shared/command-error.js';
import type { Outside } from '../shared/command.js';
import { run as down } from './down.js';
import { run as up } from './up.js';

/** Stops the store as `atel down` does, then starts it as `atel up --detach` does. @throws {CommandError} */
export async function run(_: unknown, outside: Outside): Promise<void> {
  const { local, tinybird_url } = outside.config();
  if (!local) throw new CommandError(`The store is ${tinybird_url}: there is no store to restart here`);
  await down({}, outside);
  await up({ detach: true }, outside);
}
