/**
 * Keeps up with the transcripts by itself. What it is told of a change is only that there was one: what changed,
 * backfill finds out, so that a change that nobody told of is found the next time.
 */
import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../base/config.js';
import { backfill } from './backfill.js';
import type { BackfillOptions } from './options.js';
import type { BackfillSummary } from './summary.js';
import { discover } from './discover.js';
// Who watches will read: to load what reads must not count as reading, which sets the pause behind it.
import './read-all.js';
import type { Ms } from '../base/time/units.js';

export interface WatchOptions {
  /** Folders that hold one folder a project: see roots.ts. */
  roots: readonly string[];
  /** How long changes are gathered before they are read. Default 2,000. */
  settleMs?: Ms;
  /** How often is looked for what nothing told of. Default one minute. */
  pollMs?: Ms;
  /** Called after each reading that found something. */
  onRead?: (summary: BackfillSummary) => void;
  /** Called where a reading failed; watching goes on. */
  onProblem?: (error: unknown) => void;
  /** See {@link BackfillOptions}. Default: one thread, so that who watches is not held up. */
  threads?: number;
  send?: BackfillOptions['send'];
}

export interface Watching {
  /** Ends the watching; resolves when a reading that is under way has ended. */
  close(): Promise<void>;
}

/** Of the time, at most this share is spent on reading: long sessions are read whole again. */
const READ_SHARE = 1 / 20;

/** Watches the roots, reads what is new at once, and from then on what is written. */
export function watchTranscripts(config: Config, options: WatchOptions): Watching {
  const { roots, settleMs = 2_000, pollMs = 60_000, threads = 1 } = options;
  const folders = new FolderWatch(roots, () => wakeIn(settleMs));
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;
  let notBefore = 0;
  let reading: Promise<void> | undefined;
  let closed = false;

  const wakeIn = (ms: number) => {
    const at = Math.max(Date.now() + ms, notBefore);
    if (closed || at >= dueAt) return;
    dueAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => {
      reading ??= read().finally(() => (reading = undefined));
    }, at - Date.now()).unref();
  };
  const read = async () => {
    dueAt = Infinity;
    const started = performance.now();
    try {
      folders.refresh();
      const summary = await backfill(config, {
        roots,
        threads,
        ...(options.send === undefined ? {} : { send: options.send }),
      });
      if (summary !== undefined && summary.files > 0) options.onRead?.(summary);
    } catch (error) {
      options.onProblem?.(error);
    }
    notBefore = Date.now() + (performance.now() - started) / READ_SHARE;
    // What changed while it was read has set a time already.
    const due = dueAt;
    dueAt = Infinity;
    wakeIn(Math.min(pollMs, Math.max(0, due - Date.now())));
  };

  wakeIn(0);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      folders.close();
      await reading;
    },
  };
}

/** Where one watch covers all that lies below a folder; elsewhere each folder has its own. */
const isRecursive = process.platform === 'darwin' || process.platform === 'win32';

/** Tells of changes below folders. Where the system has no watches left, it tells of fewer. */
class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(
    private readonly roots: readonly string[],
    private readonly onChange: () => void,
  ) {}

  /** Watches the folders that there are now. */
  refresh(): void {
    const wanted = new Set(this.roots);
    if (!isRecursive) {
      for (const { files } of discover(this.roots)) for (const { path } of files) wanted.add(dirname(path));
    }
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false, recursive: isRecursive }, this.onChange);
      const forget = () => {
        watcher.close();
        this.#watchers.delete(folder);
      };
      watcher.on('error', forget);
      this.#watchers.set(folder, watcher);
    } catch {
      // Not there yet, or no watches left: the poll finds what is written there.
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
