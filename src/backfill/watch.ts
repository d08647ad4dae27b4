/**
 * Reads transcripts continuously as they change. A change event only triggers a backfill, which finds out what changed.
 * So a change without an event is found by the next backfill.
 */
import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../base/config.js';
import { backfill } from './backfill.js';
import type { BackfillOptions } from './options.js';
import type { BackfillSummary } from './summary.js';
import { discover } from './discover.js';
import { realRoots } from './roots.js';
// Loads the reading code now: otherwise its loading time counts as reading time, which sets the pause after a read.
import './read-all.js';
import type { Ms } from '../base/time/units.js';

export interface WatchOptions {
  /** Folders that hold one folder per project: see roots.ts. */
  roots: readonly string[];
  /** How long to collect changes before they are read. Default 2,000. */
  settleMs?: Ms;
  /** How often to look for changes without an event. Default one minute. */
  pollMs?: Ms;
  /** Called after each backfill that found something. */
  onRead?: (summary: BackfillSummary) => void;
  /** Called after a failed backfill; watching continues. */
  onProblem?: (error: unknown) => void;
  /** See {@link BackfillOptions}. Default: one thread, so that the calling thread is not blocked. */
  threads?: number;
  /**
   * The settings at this moment: their privacy tiers, and whether anything is recorded, apply from the next backfill on.
   * Default: those of the start. If it throws, nothing is read.
   */
  current?: () => Config;
  send?: BackfillOptions['send'];
}

export interface Watching {
  /** Stops watching; resolves when a running backfill has ended. */
  close(): Promise<void>;
}

/** At most this share of the time is spent on reading, because long sessions are read completely each time. */
const READ_SHARE = 1 / 20;

/** Watches the roots; reads what is new at once, and then everything that is written. */
export function watchTranscripts(config: Config, options: WatchOptions): Watching {
  const { settleMs = 2_000, pollMs = 60_000, threads = 1 } = options;
  const roots = realRoots(options.roots);
  const folders = new FolderWatch(roots, () => wakeIn(settleMs));
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;
  let notBefore = 0;
  let reading: Promise<void> | undefined;
  let closed = false;

  const wakeIn = (ms: number) => {
    const at = Math.max(performance.now() + ms, notBefore);
    if (closed || at >= dueAt) return;
    dueAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => {
      reading ??= read().finally(() => (reading = undefined));
    }, at - performance.now()).unref();
  };
  const read = async () => {
    dueAt = Infinity;
    const started = performance.now();
    try {
      folders.refresh();
      const { enabled, privacy_tier, project_tiers } = (options.current ?? (() => config))();
      if (!enabled) return;
      const summary = await backfill(
        { ...config, privacy_tier, project_tiers },
        {
          roots,
          threads,
          ...(options.send === undefined ? {} : { send: options.send }),
        },
      );
      if (summary !== undefined && summary.files > 0) options.onRead?.(summary);
    } catch (error) {
      options.onProblem?.(error);
    } finally {
      notBefore = performance.now() + (performance.now() - started) / READ_SHARE;
      // A change during the backfill has already set the time of the next one.
      const due = dueAt;
      dueAt = Infinity;
      wakeIn(Math.min(pollMs, Math.max(0, due - performance.now())));
    }
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

/** On these systems one watch covers all subfolders; on others each folder has its own watch. */
const isRecursive = process.platform === 'darwin' || process.platform === 'win32';

/** Reports changes below folders. It reports fewer if the system runs out of watches. */
class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(
    private readonly roots: readonly string[],
    private readonly onChange: () => void,
  ) {}

  /** Watches the folders that exist now. */
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
      // The folder does not exist yet, or there are no watches left: the poll finds its changes.
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
