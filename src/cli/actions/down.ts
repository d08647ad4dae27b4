/** `atel down`: stops the embedded store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths } from '../../base/home.js';
import { processArguments } from '../../base/process-arguments.js';
import { startingServer } from '../../drain/starting.js';
import { ownerOf } from '../../local/lock.js';
import { CommandError } from '../shared/command-error.js';
import type { Outside } from '../shared/command.js';

/** How long to wait for the store to end, milliseconds: it kills itself earlier if it hangs. */
const END_LIMIT_MS = 8_000;

/**
 * Stops the embedded store of this telemetry folder, wherever it runs.
 *
 * @throws {CommandError} if the process that holds the store is another program, or does not end
 */
export async function run(_: unknown, { config: settings, print }: Outside): Promise<void> {
  const config = settings();
  const paths = homePaths(config.home);
  const { store } = paths;
  const serving = () => ownerOf(store) ?? startingServer(paths);
  const owner = serving();
  if (owner === undefined) {
    print(`No store is running (${store})`);
    return;
  }
  const { pid } = owner;
  if (!isStore(await processArguments(pid))) {
    throw new CommandError(
      `Process ${pid} holds ${store}, but it is not "atel up": it is left alone. Stop it yourself if it serves the store.`,
    );
  }
  stop(pid);
  for (const deadline = performance.now() + END_LIMIT_MS; performance.now() < deadline;) {
    if (serving()?.pid !== pid) {
      print(`Stopped the store (process ${pid}). Hooks start it again with the next session.`);
      return;
    }
    await sleep(50);
  }
  throw new CommandError(
    `The store (process ${pid}) has not ended within ${END_LIMIT_MS / 1_000} seconds. "kill -9 ${pid}" ends it: nothing that is stored is lost.`,
  );
}

/** Whether a process is `atel up`: after a crash, another program may have its process id. */
function isStore(args: readonly string[] | null): boolean {
  return (
    args !== null &&
    args.slice(1).includes('up') &&
    args.some((word) => /(^|\/)(cli\.js|atel|ll-telemetry)$/.test(word))
  );
}

/** @throws {CommandError} if this user may not stop it */
function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // The process has ended in the meantime.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw new CommandError(`The store (process ${pid}) belongs to another user: only that user can stop it`, {
      cause: error,
    });
  }
}
