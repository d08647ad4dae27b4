/** Starts the scheduled copies of all workspaces. */
import { isDue } from './cron.js';
import { messageOf } from './errors.js';
import { isPaused, startCopy } from './workspace/copy.js';
import type { Workspace } from './workspace/workspace.js';

const MINUTE_MS = 60_000;

export class CopySchedule {
  private timer: NodeJS.Timeout | undefined;
  /** Copies that run, by workspace and pipe: one that takes longer than its interval is not started twice. */
  private readonly running = new Map<string, Promise<unknown>>();

  constructor(private readonly workspaces: () => readonly Workspace[]) {}

  /** Starts what is due at the beginning of each minute. Minutes in which the machine sleeps are left out. */
  start(): void {
    const wait = MINUTE_MS - (Date.now() % MINUTE_MS);
    this.timer = setTimeout(() => {
      this.tick(new Date());
      this.start();
    }, wait);
    this.timer.unref();
  }

  /** Starts the copies that are due in the minute of a time. */
  tick(time: Date): void {
    for (const workspace of this.workspaces()) {
      for (const { pipe } of workspace.project.pipes.values()) {
        const key = `${workspace.id}.${pipe.name}`;
        if (pipe.copy === undefined || !isDue(pipe.copy.schedule, time) || this.running.has(key)) continue;
        if (isPaused(workspace, pipe.name)) continue;
        const run = startCopy(workspace, pipe.name, new Map())
          .catch((error: unknown) => {
            workspace.log('a scheduled copy failed', { pipe: pipe.name, error: messageOf(error) });
          })
          .finally(() => this.running.delete(key));
        this.running.set(key, run);
      }
    }
  }

  /** Starts no more, and resolves when those that run have ended. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await Promise.all(this.running.values());
  }
}
