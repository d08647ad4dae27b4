/** Reads the sessions that changed, in threads, and sends their rows. */
import { availableParallelism } from 'node:os';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { loadHealth, saveHealth } from '../drain/health.js';
import { LeftOut } from '../drain/left-out.js';
import { liveRecorder } from '../drain/recorder.js';
import { ensureServer } from '../drain/server.js';
import { SessionStore } from '../drain/session-store.js';
import { descentOf, eldersOf, type Descent } from '../signals/transcript/elders.js';
import type { Recorder } from '../signals/row.js';
import { deliver } from '../spool/deliver.js';
import { listFiles } from '../base/files.js';
import { Spool } from '../spool/spool.js';
import type { StoreError } from '../store/store-error.js';
import { countFiles, type FoundSession } from './discover.js';
import { checkOf, knownUntil } from './known-part.js';
import type { BackfillOptions, BackfillProgress } from './options.js';
import { fileSender, reasonAsker, Sender } from './sender.js';
import type { ReadBatch, SessionDone, SessionJob } from './session-reader.js';
import type { BackfillState } from './state.js';
import { storeIdOf } from './store-id.js';
import type { BackfillSummary } from './summary.js';
import { readHere, startThread, type ReadingThread } from './thread.js';

/** Batches on their way to the store before reading waits. */
const MOST_OPEN = 4;

/** Bytes of files, and sessions, that a thread is given at a time. */
const GROUP_BYTES = 8_000_000;
const GROUP_SESSIONS = 40;

/** How often the state is written while there is much to read, milliseconds. */
const SAVE_EVERY_MS = 5_000;

export { startThread };

/** Whether the store has anything that a backfill brought. Where it cannot be asked, what was read is trusted. */
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

/**
 * Reads what changed and counts it in the summary; what is safe is kept in the state.
 *
 * @param first a thread that was started already
 */
export async function readAll(
  changed: FoundSession[],
  first: ReadingThread | undefined,
  state: BackfillState,
  config: Config,
  paths: HomePaths,
  options: BackfillOptions,
  summary: BackfillSummary,
): Promise<void> {
  const ready =
    config.local && options.send === undefined ? ensureServer(config, paths) : Promise.resolve(true);
  const recorder: Recorder = {
    ...(await liveRecorder(paths.device, config.privacy_tier)),
    origin: 'backfill',
  };
  const sender = new Sender(
    new Spool(paths.spool),
    options.send ?? fileSender(config),
    options.send === undefined ? reasonAsker(config) : () => Promise.resolve('quarantined'),
    ready,
  );
  const progress: BackfillProgress = {
    files: 0,
    filesInAll: countFiles(changed),
    bytes: 0,
    bytesInAll: changed.reduce((sum, session) => sum + bytesOf(session), 0),
  };
  let savedAt = performance.now();
  let saving: Promise<void> = Promise.resolve();
  let failure: unknown;
  const unsafe = new Set<Promise<void>>();
  /** Lines that could not be counted, by session. */
  const leftOut = new Map<string, number>();

  /** Takes the batches of one thread. What a batch says is done is so when it, and all before it, are on disk. */
  const taker = () => {
    let before: Promise<void> = Promise.resolve();
    return ({ batch, done, files, bytes }: ReadBatch) => {
      const spooled = batch === undefined ? Promise.resolve() : sender.take(batch);
      before = Promise.all([before, spooled]).then(async () => {
        for (const one of done) {
          account(one, state, summary);
          if (one.problem === null) leftOut.set(one.sessionId, one.leftOutLines);
        }
        progress.files += files;
        progress.bytes += bytes;
        options.onProgress?.(progress);
        if (performance.now() - savedAt < SAVE_EVERY_MS) return;
        savedAt = performance.now();
        saving = saving.then(() => state.save());
        await saving;
      });
      const settled = before.catch((error: unknown) => void (failure ??= error));
      unsafe.add(settled);
      void settled.then(() => unsafe.delete(settled));
    };
  };

  const groups = groupsOf(changed);
  const count = Math.min(
    options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1)),
    groups.length,
  );
  const threads: ReadingThread[] =
    count === 0
      ? [readHere()]
      : Array.from({ length: count }, (_, n) => (n === 0 ? first : undefined) ?? startThread());
  for (const thread of threads) thread.begin(recorder, taker());
  // While the threads start.
  const makingJobs = jobMaker(changed, state, paths);
  let next = 0;
  let bytesToCome = progress.bytesInAll;
  const mayGoOn = () => sender.stopped === null && failure === undefined;
  const keepBusy = async (thread: ReadingThread) => {
    const jobOf = await makingJobs;
    while (mayGoOn()) {
      const group = groups[next++];
      if (group === undefined) break;
      for (const session of group) bytesToCome -= bytesOf(session);
      await thread.read(await Promise.all(group.map(jobOf)), bytesToCome / threads.length);
      await sender.below(MOST_OPEN);
    }
  };
  const times = await Promise.all(
    threads.map(async (thread) => {
      // While it reads one group, the next one waits for it: this thread may be slow to answer.
      await Promise.all([keepBusy(thread), keepBusy(thread)]).catch((error: unknown) => (failure ??= error));
      return thread.end();
    }),
  );
  await Promise.all(unsafe);
  await saving.catch(() => undefined);
  // A store that was deleted is made anew when it starts.
  await ready;
  state.store ??= storeIdOf(config, paths);
  // While the store takes the last batches.
  const saved = failure === undefined ? state.save().catch((error: unknown) => (failure = error)) : undefined;
  await Promise.all([saved, sender.below(1)]);
  if (failure !== undefined) throw failure as Error;
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
  await new LeftOut(paths.leftOut).note(leftOut);
  if (sender.left > 0 && sender.stopped === null) await handToDrain(config, paths, summary);
  else if (sender.stopped === null) tellWaiting(sender.refused, summary);
  if (summary.stored > 0) await rememberDelivery(config, paths);
}

/** Lets `atel status` tell when rows were last stored. */
async function rememberDelivery(config: Config, { health }: HomePaths): Promise<void> {
  await saveHealth(health, { ...(await loadHealth(health, config)), storedAt: Date.now() });
}

/** What the store refused is the drain's to sort out: it finds the bad rows and sets them aside. */
async function handToDrain(config: Config, paths: HomePaths, summary: BackfillSummary): Promise<void> {
  const client = configuredClient(config);
  const { stored, stopped, buried, reasons, refused } = await deliver(new Spool(paths.spool), client);
  summary.stored += stored;
  summary.stopped = stopped?.message ?? null;
  tellWaiting(refused, summary);
  summary.refusedRows += buried;
  summary.refusals.push(...reasons);
}

function tellWaiting(refused: ReadonlyMap<string, StoreError>, summary: BackfillSummary): void {
  for (const [table, { message }] of refused) summary.waiting.push(`${table}: ${message}`);
}

function account(done: SessionDone, state: BackfillState, summary: BackfillSummary): void {
  for (const [path, read] of done.read) state.set(path, { ...read, check: checkOf(path, read.offset) });
  if (done.problem !== null) summary.problems.push(`${done.sessionId}: ${done.problem}`);
  summary.files += done.files;
  summary.sessions += 1;
  summary.bytes += done.bytes;
  summary.requests += done.requests;
  summary.rows += done.rows;
  summary.corruptLines += done.corruptLines;
  summary.leftOutLines += done.leftOutLines;
}

/** What a thread needs to know of a session: what was read, what hooks told, whom it may be forked from. */
async function jobMaker(
  changed: readonly FoundSession[],
  state: BackfillState,
  paths: HomePaths,
): Promise<(session: FoundSession) => Promise<SessionJob>> {
  const descents = new Map<string, Descent>([...state.descents()].map((one) => [one.path, one]));
  for (const { mainPath } of changed) {
    if (descents.has(mainPath)) continue;
    const one = descentOf(mainPath);
    if (one !== undefined) descents.set(mainPath, one);
  }
  const families = new Map<string, Descent[]>();
  for (const one of descents.values()) families.set(one.root, [...(families.get(one.root) ?? []), one]);
  const heard = new Set(await listFiles(paths.sessions, '.json'));
  const sessions = new SessionStore(paths.sessions);
  return async ({ sessionId, mainPath, files }) => {
    const descent = descents.get(mainPath) ?? { path: mainPath, root: '', born: 0, begun: null };
    const record = heard.has(`${sessionId}.json`) ? await sessions.load(sessionId) : undefined;
    return {
      sessionId,
      files: [mainPath, ...files.map(({ path }) => path).filter((path) => path !== mainPath)],
      stamps: files,
      known: Object.fromEntries(
        files.flatMap((file) => {
          const until = knownUntil(file, state.get(file.path));
          return until === 0 ? [] : [[file.path, until]];
        }),
      ),
      elders: eldersOf(descent, families.get(descent.root) ?? []),
      descent,
      state: record ?? null,
    };
  };
}

/** Sessions in groups, the largest first: a thread must not be left alone with it at the end. */
function groupsOf(sessions: readonly FoundSession[]): FoundSession[][] {
  const sized = sessions
    .map((session) => ({ session, bytes: bytesOf(session) }))
    .sort((a, b) => b.bytes - a.bytes);
  const made: FoundSession[][] = [];
  let open: FoundSession[] = [];
  let size = 0;
  for (const { session, bytes } of sized) {
    if (open.length > 0 && (size + bytes > GROUP_BYTES || open.length >= GROUP_SESSIONS)) {
      made.push(open);
      open = [];
      size = 0;
    }
    open.push(session);
    size += bytes;
  }
  if (open.length > 0) made.push(open);
  return made;
}

function bytesOf({ files }: FoundSession): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
