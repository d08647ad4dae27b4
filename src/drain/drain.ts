/** A drain: empties the inbox into the spool and delivers the spool to Tinybird. Only one runs at a time. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import { hasEmitted } from './emitted.js';
import { lostTraces, type LostTrace } from './lost.js';
import { homePaths, type HomePaths } from '../base/home.js';
import { priceTerms } from '../signals/price-terms.js';
import { Patience } from '../spool/patient-store.js';
import { deliver, type Delivery } from '../spool/deliver.js';
import { privateFolder } from '../base/files.js';
import { configuredSpool } from '../spool/configured.js';
import { noteBegun } from './kick.js';
import { collect, nothingCollected } from './collect.js';
import { refreshContexts } from './context-refresh.js';
import {
  afterDelivery,
  loadHealth,
  mayTryNow,
  mayTryTable,
  saveHealth,
  withLost,
  withTimeOf,
  type Health,
} from './health.js';
import { forgetOld } from './aside.js';
import { settledPayloads, settleLeftovers } from './inbox.js';
import { LeftOut } from './left-out.js';
import { limitLog, log } from './log.js';
import { liveRecorder } from './recorder.js';
import { withLock } from '../base/lock.js';
import { ensureServer } from './server.js';
import { storeOfOtherUser } from './other-user.js';
import { unreadPayloads } from './waiting.js';

/** How to run a drain. */
export interface DrainOptions {
  /** Deliver even if the last failure set a time to wait. */
  insist?: boolean;
  /** Start the embedded server if the store is local and not running. Default true. */
  startServer?: boolean;
}

/** What a drain did and what is left. `busy` means that another drain is running. */
export type DrainReport =
  { busy: true } | { busy: false; events: number; stored: number; problem: Health['problem'] };

/**
 * Inbox → signals → spool → Tinybird, once; only one drain runs at a time. The inbox is emptied even while the store is
 * down.
 */
export async function drain(config: Config, options: DrainOptions = {}): Promise<DrainReport> {
  const paths = homePaths(config.home);
  await privateFolder(paths.home);
  await privateFolder(paths.inbox);
  const totals: Exclude<DrainReport, { busy: true }> = { busy: false, events: 0, stored: 0, problem: null };
  const lock = { beat: paths.drainBeat, program: 'drain.js' };
  for (;;) {
    const pass = await withLock(
      paths.drainLock,
      async () => {
        await noteBegun(paths);
        return drainOnce(config, paths, options);
      },
      lock,
    );
    if (pass === undefined) {
      // The drain with the lock looks again after it releases the lock, so it finds what is waiting now. But a hook
      // that comes later must not rely on this process, which ends here.
      await noteBegun(paths);
      return { busy: true };
    }
    totals.events += pass.events;
    totals.stored += pass.stored;
    totals.problem = pass.problem;
    // A hook that saw the lock has left its payload to this drain, so look again after releasing the lock; except for
    // payloads that cannot be read.
    const isNew = (await unreadPayloads(paths)).some((name) => !pass.settled.has(name));
    const progressed = pass.events + pass.unreadable + pass.damaged > 0;
    if (!isNew && !(progressed && (await hasEmitted(paths.emitted)))) break;
    // A hook is still writing its payload.
    if (!progressed) await sleep(WRITING_STEP_MS);
  }
  if (config.otel_endpoint !== null && totals.problem === null) {
    const { exportNewTraces } = await import('./trace-export.js');
    await exportNewTraces(config, paths, options.insist === true).catch((error: unknown) =>
      log(paths, 'traces', error),
    );
  }
  return totals;
}

const DAY_MS = 24 * 3600_000;

/** How long to wait for a hook that is still writing its payload, milliseconds. */
const WRITING_STEP_MS = 100;

async function drainOnce(config: Config, paths: HomePaths, options: DrainOptions) {
  if (!config.enabled) await emptyInbox(paths);
  const torn = await settleLeftovers(paths.inbox);
  await forgetOld(paths.inbox, Date.now());
  await removeLeftovers(paths);
  limitLog(paths);
  const settled = await settledPayloads(paths.inbox);
  const spool = configuredSpool(config);
  await spool.dropOlderThan(Date.now() - config.spool_days * DAY_MS);
  const recorder = await liveRecorder(paths, config);
  const collected = config.enabled ? await collect(paths, spool, recorder) : nothingCollected();
  for (const problem of collected.problems) log(paths, 'drain', problem);
  await new LeftOut(paths.leftOut).note(collected.leftOut);

  const traces = lostTraces(paths);
  const counts = {
    events: collected.events,
    unreadable: collected.unreadable + torn,
    damaged: collected.damaged,
  };
  const lost = traces.reduce((sum, { events }) => sum + events, 0);
  const before = withLost(
    await loadHealth(paths.health, config, (problem) => log(paths, 'drain', problem)),
    lost,
    Date.now(),
  );
  const health = { ...before, unreadable: before.unreadable + counts.unreadable };
  const mayTry = options.insist === true || mayTryNow(health, Date.now());
  if (!mayTry || (await spool.waiting()).length === 0) {
    if (counts.unreadable + traces.length > 0) await keepHealth(paths, health, traces);
    return { ...counts, settled, stored: 0, problem: health.problem };
  }

  const client = configuredClient(config);
  if (config.local && options.startServer !== false) await ensureServer(config, paths);
  const otherUser = await storeOfOtherUser(config);
  if (otherUser !== null) {
    const untried: Delivery = {
      ...{ stored: 0, buried: 0, reasons: new Set(), refused: new Map(), skipped: new Set() },
      stopped: otherUser,
    };
    const after = afterDelivery(health, untried, Date.now(), Math.random());
    await keepHealth(paths, after, traces);
    logDelivery(paths, untried);
    return { ...counts, settled, stored: 0, problem: after.problem };
  }
  const store =
    config.otel_endpoint === null ? client : (await import('./trace-export.js')).noting(client, paths);
  const mayTryOne = (table: string) => options.insist === true || mayTryTable(health, table, Date.now());
  const patience = new Patience();
  const began = performance.now();
  const delivery = await deliver(spool, store, mayTryOne, patience);
  const took = performance.now() - began;
  if (config.local && delivery.stored > 0 && delivery.stopped === null) {
    const again = async () => {
      await deliver(spool, store, mayTryOne, patience);
    };
    const { learnNewPrices } = await import('./learn-prices.js');
    await learnNewPrices(paths, client, priceTerms(config, paths), spool, again).catch((error: unknown) =>
      log(paths, 'delivery', error),
    );
  }
  const after = withTimeOf(afterDelivery(health, delivery, Date.now(), Math.random()), delivery, took);
  await keepHealth(paths, after, traces);
  if (delivery.stored > 0)
    await refreshContexts(paths.contexts, client, collected.projects).catch((error: unknown) =>
      log(paths, 'delivery', error),
    );
  logDelivery(paths, delivery);
  return { ...counts, settled, stored: delivery.stored, problem: after.problem };
}

/** Removes captured payloads without reading them. */
async function emptyInbox(paths: HomePaths): Promise<void> {
  for (const name of await readdir(paths.inbox))
    await rm(join(paths.inbox, name), { force: true, recursive: true });
}

/** A process that was killed leaves temporary files behind. Older ones than this are removed, milliseconds. */
const LEFT_AFTER_MS = 10 * 60_000;

/** Removes temporary files that killed processes did not rename to their final names. */
async function removeLeftovers(paths: HomePaths): Promise<void> {
  const places: [folder: string, isTemporary: RegExp][] = [
    [paths.home, /^(?:drain\.pid|drain\.beat|device|user-key|program|atel\.log\.1)\.[\w-]+$/],
    [paths.sessions, /^\..*\.tmp$/],
    [paths.contexts, /^\..*\.tmp$|^today\.statusline\.\d+$/],
    [paths.home, /^\..*\.tmp$/],
  ];
  for (const [folder, isTemporary] of places)
    for (const name of (await readdir(folder).catch(() => [])).filter((one) => isTemporary.test(one))) {
      const found = await lstat(join(folder, name)).catch(() => undefined);
      const isOld = found !== undefined && Math.abs(Date.now() - found.mtimeMs) > LEFT_AFTER_MS;
      if (isOld && !found.isDirectory()) await rm(join(folder, name), { force: true });
    }
}

/** Saves the health, and removes the traces of lost events that it now counts. */
async function keepHealth(paths: HomePaths, health: Health, traces: readonly LostTrace[]): Promise<void> {
  await saveHealth(paths.health, health);
  for (const { file } of traces) await rm(file, { force: true });
}

function logDelivery(paths: HomePaths, { buried, stopped, refused }: Delivery): void {
  if (buried > 0)
    log(
      paths,
      'delivery',
      `${buried} rows were refused; see atel status, or the tables' quarantine for rows of a file`,
    );
  for (const [table, error] of refused) log(paths, 'delivery', `${table} was refused: ${error.message}`);
  if (stopped !== null) log(paths, 'delivery', stopped);
}
