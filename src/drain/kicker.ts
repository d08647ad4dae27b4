import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { isLocked } from '../base/lock.js';
import { startDrain } from './start.js';
import { hasAnything } from './waiting.js';

/** How long it waits for more to come before it drains, milliseconds. */
const GATHER_MS = 300;

/** A drain without its lock may still send traces or shorten logs, but not for so long, milliseconds. */
const STUCK_AFTER_MS = 5 * 60_000;

/**
 * Drains in a process of its own, one at a time: reading transcripts must not hold up a query. The process is
 * detached and finishes its work when the server stops.
 */
export class DrainKicker {
  #timer: NodeJS.Timeout | undefined;
  #running: { child: ChildProcess; since: number } | undefined;
  #again = false;

  constructor(
    private readonly paths: HomePaths,
    private readonly program: string,
  ) {}

  /** Something was put on disk: drain in a moment, together with what comes until then. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#start();
    }, GATHER_MS);
  }

  /** Drains if anything waits: payloads that no hook's drain took along, batches that could not be delivered. */
  async ifAnythingWaits(): Promise<void> {
    if (await hasAnything(this.paths).catch(() => false)) this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#again = false;
  }

  #start(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      this.#endStuck(this.#running);
      return;
    }
    const child = startDrain(join(this.program, 'drain.js'), { AGENT_TELEMETRY_HOME: this.paths.home });
    this.#running = { child, since: Date.now() };
    const finish = () => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.soon();
      }
    };
    child.on('exit', finish).on('error', finish);
  }

  /** Ends a drain that has let its lock grow stale, so that the next one can begin. */
  #endStuck({ child, since }: { child: ChildProcess; since: number }): void {
    if (Date.now() - since < STUCK_AFTER_MS || isLocked(this.paths.drainLock)) return;
    child.kill('SIGKILL');
  }
}
