/** `atel restart`: stops the embedded store and starts it in the background. */
import type { Outside } from '../shared/command.js';
import { run as down } from './down.js';
import { run as up } from './up.js';

/** Stops the store as `atel down` does, then starts it as `atel up --detach` does. */
export async function run(_: unknown, outside: Outside): Promise<void> {
  // With a remote store there is nothing to stop, and `up` says so.
  if (outside.config().local) await down({}, outside);
  await up({ detach: true }, outside);
}
