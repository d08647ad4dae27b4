import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configuredClient } from '../client.js';
import type { Config } from '../config.js';
import { homePaths, type HomePaths } from '../home.js';
import { redactText } from '../signals/privacy/redact-text.js';
import { deliver, type Delivery } from '../spool/deliver.js';
import { privateFolder } from '../spool/files.js';
import { Spool } from '../spool/spool.js';
import { plainText } from '../store-error.js';
import { collect, nothingCollected } from './collect.js';
import { refreshContexts } from './context-refresh.js';
import { afterDelivery, loadHealth, mayTryNow, mayTryTable, saveHealth, type Health } from './health.js';
import { LeftOut } from './left-out.js';
import { liveRecorder } from './recorder.js';
import { withLock } from './lock.js';
import { ensureServer } from './server.js';
import { hasUnread } from './waiting.js';

/** How a drain is to be run. */
export interface DrainOptions {
  /** Try to deliver even where the last failure asked to wait. */
  insist?: boolean;
  /** Start the embedded server where the store is local and down. Default true. */
  startServer?: boolean;
}

/** What a drain did and what it left. `busy` means that another drain is at it. */
export type DrainReport =
  { busy: true } | { busy: false; events: number; stored: number; problem: Health['problem'] };

/**
 * Inbox → signals → spool → Tinybird, once, alone. The inbox is emptied even while the store is down.
 */
export async function drain(config: Config, options: DrainOptions = {}): Promise<DrainReport> {
  const paths = homePaths(config.home);
  await privateFolder(paths.home);
  await privateFolder(paths.inbox);
  const totals: Exclude<DrainReport, { busy: true }> = { busy: false, events: 0, stored: 0, problem: null };
  let progressed: boolean;
  do {
    const pass = await withLock(paths.drainLock, () => drainOnce(config, paths, options));
    if (pass === undefined) return { busy: true };
    totals.events += pass.events;
    totals.stored += pass.stored;
    totals.problem = pass.problem;
    progressed = pass.events > 0 || pass.unreadable > 0;
    // A hook that saw the lock left its payload to us: look again after letting go of it, unless what lies
    // there cannot be read.
  } while (progressed && (await hasUnread(paths)));
  if (config.otel_endpoint !== null && totals.problem === null) {
    const { exportNewTraces } = await import('./trace-export.js');
    await exportNewTraces(config, paths, options.insist === true).catch((error: unknown) =>
      log(paths, error),
    );
  }
  return totals;
}

async function drainOnce(config: Config, paths: HomePaths, options: DrainOptions) {
  await discardFromInbox(paths, config.enabled ? isTornCapture : () => true);
  const spool = new Spool(paths.spool);
  const recorder = await liveRecorder(paths.device, config.privacy_tier);
  const collected = config.enabled ? await collect(paths, spool, recorder) : nothingCollected();
  for (const problem of collected.problems) await log(paths, problem);
  await new LeftOut(paths.leftOut).note(collected.leftOut);

  const counts = { events: collected.events, unreadable: collected.unreadable };
  const before = await loadHealth(paths.health, config);
  const health = { ...before, unreadable: before.unreadable + collected.unreadable };
  const mayTry = options.insist === true || mayTryNow(health, Date.now());
  if (!mayTry || (await spool.waiting()).length === 0) {
    if (collected.unreadable > 0) await saveHealth(paths.health, health);
    return { ...counts, stored: 0, problem: health.problem };
  }

  const client = configuredClient(config);
  if (config.local && options.startServer !== false) await ensureServer(config, paths);
  const store =
    config.otel_endpoint === null ? client : (await import('./trace-export.js')).noting(client, paths);
  const mayTryOne = (table: string) => options.insist === true || mayTryTable(health, table, Date.now());
  const delivery = await deliver(spool, store, mayTryOne);
  const after = afterDelivery(health, delivery, Date.now(), Math.random());
  await saveHealth(paths.health, after);
  if (delivery.stored > 0)
    await refreshContexts(paths.contexts, client, collected.projects).catch((error: unknown) =>
      log(paths, error),
    );
  await logDelivery(paths, delivery);
  return { ...counts, stored: delivery.stored, problem: after.problem };
}

/** Removes captures unread. */
async function discardFromInbox(
  paths: HomePaths,
  isUnwanted: (name: string, ageMs: number) => boolean,
): Promise<void> {
  for (const name of await readdir(paths.inbox)) {
    const file = join(paths.inbox, name);
    const ageMs = Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (isUnwanted(name, ageMs)) await rm(file, { force: true, recursive: true });
  }
}

/** A hook that was killed while it wrote leaves a part of a payload under a temporary name. */
function isTornCapture(name: string, ageMs: number): boolean {
  return name.startsWith('.') && ageMs > TORN_AFTER_MS;
}

const TORN_AFTER_MS = 10 * 60_000;

async function logDelivery(paths: HomePaths, { buried, stopped, refused }: Delivery): Promise<void> {
  if (buried > 0)
    await log(
      paths,
      `${buried} rows were refused; see atel status, or the tables' quarantine for rows of a file`,
    );
  for (const [table, error] of refused) await log(paths, `${table} was refused: ${error.message}`);
  if (stopped !== null) await log(paths, stopped);
}

/** Background work has no one to tell: what went wrong stands in the log, where `status` points. */
export async function log(paths: HomePaths, what: unknown): Promise<void> {
  const text = redactText(plainText(what instanceof Error ? `${what.name}: ${what.message}` : String(what)));
  await appendFile(paths.log, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 }).catch(
    () => undefined,
  );
}
