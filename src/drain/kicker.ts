/** Starts drains for a server: soon after events were written, and when a server finds something waiting. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { isLocked } from '../base/lock.js';
import { startDrain } from './start.js';
import { hasAnything } from './waiting.js';

/** How long to wait for more events before a drain is started, milliseconds. */
const GATHER_MS = 300;

/** A drain may export traces or prune logs after it has released its lock, but not longer than this, milliseconds. */
const STUCK_AFTER_MS = 5 * 60_000;

/**
 * Runs drains as processes of their own, one at a time, because reading transcripts must not hold up a query. The
 * process is detached and finishes its work when the server stops.
 */
export class DrainKicker {
  #timer: NodeJS.Timeout | undefined;
  #running: { child: ChildProcess; since: number } | undefined;
  #again = false;

  constructor(
    private readonly paths: HomePaths,
    private readonly program: string,
  ) {}

  /** Something was written to disk: starts a drain in a moment, so that it takes whatever else comes until then. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#start();
    }, GATHER_MS);
  }

  /**
   * Starts a drain if anything is waiting: payloads that no drain has taken, or batches that could not be delivered.
   */
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
    this.#running = { child, since: performance.now() };
    const finish = () => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.soon();
      }
    };
    child.on('exit', finish).on('error', finish);
  }

  /** Kills a drain whose lock is stale, so that the next one can begin. */
  #endStuck({ child, since }: { child: ChildProcess; since: number }): void {
    if (performance.now() - since < STUCK_AFTER_MS || isLocked(this.paths.drainLock)) return;
    child.kill('SIGKILL');
  }
}
