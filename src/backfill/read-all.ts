/** Reads the changed sessions in threads and sends their rows. */
import { availableParallelism } from 'node:os';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { loadHealth, saveHealth } from '../drain/health.js';
import { LeftOut } from '../drain/left-out.js';
import { liveRecorder } from '../drain/recorder.js';
import { storeOfOtherUser } from '../drain/other-user.js';
import { ensureServer } from '../drain/server.js';
import type { Recorder } from '../signals/row.js';
import { deliver } from '../spool/deliver.js';
import { configuredSpool } from '../spool/configured.js';
import type { StoreError } from '../store/store-error.js';
import { countFiles, type FoundSession } from './discover.js';
import { emptySummary } from './empty-summary.js';
import { bytesOf, groupsOf, jobMaker } from './jobs.js';
import { checkOf } from './known-part.js';
import type { BackfillOptions, BackfillProgress } from './options.js';
import { fileSender, reasonAsker, Sender } from './sender.js';
import type { ReadBatch, ReadTimes, SessionDone } from './session-reader.js';
import type { BackfillState } from './state.js';
import { storeIdOf } from './store-id.js';
import type { BackfillSummary } from './summary.js';
import { readHere, startThread, type ReadingThread } from './thread.js';

/** Limit of batches on their way to the store; then reading waits. */
const MOST_OPEN = 4;

/** How often the state is saved during a long run, milliseconds. */
const SAVE_EVERY_MS = 5_000;

export { startThread };

/** Whether the store has any row of a backfill. If the store cannot be asked, the state is trusted. */
export async function hasHistory(config: Config, paths: HomePaths): Promise<boolean> {
  if (config.local) await ensureServer(config, paths);
  const query = "SELECT 1 AS one FROM api_requests WHERE origin = 'backfill' LIMIT 1 FORMAT JSON";
  return configuredClient(config)
    .sql(query)
    .then(
      (rows) => rows.length > 0,
      () => true,
    );
}

/** What a backfill works with. */
export interface BackfillContext {
  /** What was read before. Files are added when their rows are safe on disk. */
  state: BackfillState;
  config: Config;
  paths: HomePaths;
  options: BackfillOptions;
}

/**
 * Reads the changed sessions and returns the summary.
 *
 * @param first a thread that is already running
 */
export async function readAll(
  changed: readonly FoundSession[],
  first: ReadingThread | undefined,
  context: BackfillContext,
): Promise<BackfillSummary> {
  const work = await Backfilling.start(changed, context);
  return work.finish(await work.read(first));
}

/** Starts the store. Resolves with the reason why nothing may be sent to it, or null. */
async function refusalOf(config: Config, paths: HomePaths): Promise<StoreError | null> {
  if (config.local) await ensureServer(config, paths);
  return storeOfOtherUser(config);
}

/** One run over the changed sessions: threads read, batches are sent, progress is reported. */
class Backfilling {
  readonly #summary = emptySummary();
  readonly #progress: BackfillProgress;
  readonly #sender: Sender;
  /** Batches that are not on disk yet. */
  readonly #unsafe = new Set<Promise<void>>();
  /** Lines that could not be counted, per session. */
  readonly #leftOut = new Map<string, number>();
  #savedAt = performance.now();
  #saving: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(
    private readonly changed: readonly FoundSession[],
    private readonly context: BackfillContext,
    private readonly recorder: Recorder,
    /** Resolves when the store can receive rows, or with the reason why nothing may be sent to it. */
    private readonly ready: Promise<StoreError | null>,
  ) {
    const { config, options } = context;
    this.#sender = new Sender(
      configuredSpool(config),
      options.send ?? fileSender(config),
      options.send === undefined ? reasonAsker(config) : () => Promise.resolve('quarantined'),
      ready,
    );
    this.#progress = {
      files: 0,
      filesInAll: countFiles(changed),
      bytes: 0,
      bytesInAll: changed.reduce((sum, session) => sum + bytesOf(session), 0),
    };
  }

  static async start(changed: readonly FoundSession[], context: BackfillContext): Promise<Backfilling> {
    const { config, paths, options } = context;
    const ready = options.send === undefined ? refusalOf(config, paths) : Promise.resolve(null);
    const recorder = await liveRecorder(paths, config);
    return new Backfilling(changed, context, { ...recorder, origin: 'backfill' }, ready);
  }

  /** Reads all sessions in threads. Returns the time of each thread per stage. */
  async read(first: ReadingThread | undefined): Promise<ReadTimes[]> {
    const { state, paths, options } = this.context;
    const groups = groupsOf(this.changed);
    const count = Math.min(
      options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1)),
      groups.length,
    );
    const threads: ReadingThread[] =
      count === 0
        ? [readHere()]
        : Array.from({ length: count }, (_, n) => (n === 0 ? first : undefined) ?? startThread());
    for (const thread of threads) {
      let before: Promise<void> = Promise.resolve();
      thread.begin(this.recorder, (made) => {
        before = this.#take(made, before);
      });
    }
    // Prepared while the threads start.
    const makingJobs = jobMaker(this.changed, state, paths);
    let next = 0;
    let bytesToCome = this.#progress.bytesInAll;
    const keepBusy = async (thread: ReadingThread) => {
      const jobOf = await makingJobs;
      while (this.#sender.stopped === null && this.#failure === undefined) {
        const group = groups[next++];
        if (group === undefined) break;
        for (const session of group) bytesToCome -= bytesOf(session);
        await thread.read(await Promise.all(group.map(jobOf)), bytesToCome / threads.length);
        await this.#sender.below(MOST_OPEN);
      }
    };
    return Promise.all(
      threads.map(async (thread) => {
        // Two groups per thread: one is read and the next one waits, because this thread may be slow to answer.
        await Promise.all([keepBusy(thread), keepBusy(thread)]).catch((error: unknown) => this.#fail(error));
        return thread.end();
      }),
    );
  }

  /**
   * Takes a batch of a thread. Its sessions count as read when it and all earlier batches of the thread are on disk.
   * Resolves then.
   */
  #take({ batch, done, files, bytes }: ReadBatch, before: Promise<void>): Promise<void> {
    const spooled = batch === undefined ? Promise.resolve() : this.#sender.take(batch);
    const safe = Promise.all([before, spooled]).then(async () => {
      for (const one of done) this.#account(one);
      this.#progress.files += files;
      this.#progress.bytes += bytes;
      this.context.options.onProgress?.(this.#progress);
      if (performance.now() - this.#savedAt < SAVE_EVERY_MS) return;
      this.#savedAt = performance.now();
      this.#saving = this.#saving.then(() => this.context.state.save());
      await this.#saving;
    });
    const settled = safe.catch((error: unknown) => this.#fail(error));
    this.#unsafe.add(settled);
    void settled.then(() => this.#unsafe.delete(settled));
    return safe;
  }

  #account(done: SessionDone): void {
    const { state } = this.context;
    const summary = this.#summary;
    for (const [path, read] of done.read) state.set(path, { ...read, check: checkOf(path, read.offset) });
    if (done.problem === null) this.#leftOut.set(done.sessionId, done.leftOutLines + done.corruptLines);
    else summary.problems.push(`${done.sessionId}: ${done.problem}`);
    summary.files += done.files;
    summary.sessions += 1;
    summary.bytes += done.bytes;
    summary.requests += done.requests;
    summary.rows += done.rows;
    summary.corruptLines += done.corruptLines;
    summary.leftOutLines += done.leftOutLines;
  }

  /** The first failure ends the run. Later ones are only its consequences, and less helpful. */
  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Waits until everything is on disk and in the store, and returns the summary. @throws the first failure */
  async finish(times: readonly ReadTimes[]): Promise<BackfillSummary> {
    const { state, config, paths } = this.context;
    const [summary, sender] = [this.#summary, this.#sender];
    await Promise.all(this.#unsafe);
    await this.#saving.catch(() => undefined);
    // A deleted store is created again when the server starts, so its id is known only now.
    await this.ready;
    state.store ??= storeIdOf(config, paths);
    // Saved while the store takes the last batches.
    const saved =
      this.#failure === undefined ? state.save().catch((error: unknown) => this.#fail(error)) : undefined;
    await Promise.all([saved, sender.below(1)]);
    if (this.#failure !== undefined) throw this.#failure as Error;
    for (const { read, rows, write } of times) {
      summary.times.read += read;
      summary.times.rows += rows;
      summary.times.write += write;
    }
    Object.assign(summary.times, sender.times);
    summary.stored = sender.stored;
    summary.stopped = sender.stopped?.message ?? null;
    for (const [table, { rows, reason }] of sender.quarantined) {
      summary.refusedRows += rows;
      summary.refusals.push(`${table}: ${reason}`);
    }
    await new LeftOut(paths.leftOut).note(this.#leftOut);
    if (sender.left > 0 && sender.stopped === null) await handToDrain(config, paths, summary);
    else if (sender.stopped === null) addWaiting(sender.refused, summary);
    if (summary.stored > 0) await rememberDelivery(config, paths);
    return summary;
  }
}

/** Records for `atel status` when rows were last stored. */
async function rememberDelivery(config: Config, { health }: HomePaths): Promise<void> {
  await saveHealth(health, { ...(await loadHealth(health, config)), storedAt: Date.now() });
}

/** Files that the store refused are left to the drain: it finds the bad rows and sets them aside. */
async function handToDrain(config: Config, paths: HomePaths, summary: BackfillSummary): Promise<void> {
  const client = configuredClient(config);
  const { stored, stopped, buried, reasons, refused } = await deliver(configuredSpool(config), client);
  summary.stored += stored;
  summary.stopped = stopped?.message ?? null;
  addWaiting(refused, summary);
  summary.refusedRows += buried;
  summary.refusals.push(...reasons);
}

function addWaiting(refused: ReadonlyMap<string, StoreError>, summary: BackfillSummary): void {
  for (const [table, { message }] of refused) summary.waiting.push(`${table}: ${message}`);
}
