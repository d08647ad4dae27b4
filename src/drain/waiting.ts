/** What lies in the telemetry folder and has not been delivered. The one place that knows all the places. */
import { listAside } from './aside.js';
import { countEmitted, damagedEvents, hasEmitted } from './emitted.js';
import type { HomePaths } from '../base/home.js';
import { listFiles } from '../base/files.js';
import type { Damage } from '../spool/damaged.js';
import { Spool, type SpoolState } from '../spool/spool.js';

/** The spool's own state, and what has not come so far. */
export interface Waiting extends SpoolState {
  /** Events that no drain has read: payloads of hooks, and what the user's own tools emitted. */
  events: number;
}

/** Counts what waits. */
export async function countWaiting(paths: HomePaths): Promise<Waiting> {
  const [payloads, emitted, state] = await Promise.all([
    unreadPayloads(paths),
    countEmitted(paths.emitted),
    new Spool(paths.spool).state(),
  ]);
  return { ...state, events: payloads.length + emitted };
}

/** Whether there are events that no drain has read. */
export async function hasUnread(paths: HomePaths): Promise<boolean> {
  return (await unreadPayloads(paths)).length > 0 || hasEmitted(paths.emitted);
}

/** Whether a drain would find anything to do. */
export async function hasAnything(paths: HomePaths): Promise<boolean> {
  return (await hasUnread(paths)) || (await new Spool(paths.spool).waiting()).length > 0;
}

/** Names of the hooks' payloads that no drain has read. */
export function unreadPayloads({ inbox }: HomePaths): Promise<string[]> {
  return listFiles(inbox, '.json');
}

/** What was damaged on disk and is kept aside, wherever it waited. */
export async function allDamage(paths: HomePaths): Promise<Damage[]> {
  const found = await Promise.all([
    new Spool(paths.spool).damage(),
    damagedEvents(paths.emitted).list(),
    listAside(paths.inbox),
  ]);
  return found.flat();
}
