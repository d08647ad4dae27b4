/** Everything in the telemetry folder that has not been delivered. The only module that knows all the places. */
import { listAside } from './aside.js';
import { countEmitted, damagedEvents, hasEmitted } from './emitted.js';
import type { HomePaths } from '../base/home.js';
import { listFiles } from '../base/files.js';
import type { Damage } from '../spool/damaged.js';
import { Spool, type SpoolState } from '../spool/spool.js';

/** The state of the spool, and the events that are not in it yet. */
export interface Waiting extends SpoolState {
  /** Events that no drain has read: hook payloads, and events of the user's own tools. */
  events: number;
}

/** Counts the waiting events. */
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

/** Whether a drain would have anything to do. */
export async function hasAnything(paths: HomePaths): Promise<boolean> {
  return (await hasUnread(paths)) || (await new Spool(paths.spool).waiting()).length > 0;
}

/** Names of the hook payloads that no drain has read. */
export function unreadPayloads({ inbox }: HomePaths): Promise<string[]> {
  return listFiles(inbox, '.json');
}

/** Everything that was damaged on disk and is kept aside, in all places. */
export interface KeptDamage {
  all: Damage[];
  /** How many of them are hook payloads. The count of unreadable events in the health contains these, too. */
  payloads: number;
}

/** Lists everything that was damaged on disk and is kept aside. */
export async function allDamage(paths: HomePaths): Promise<KeptDamage> {
  const [rows, events, payloads] = await Promise.all([
    new Spool(paths.spool).damage(),
    damagedEvents(paths.emitted).list(),
    listAside(paths.inbox),
  ]);
  return { all: [...rows, ...events, ...payloads], payloads: payloads.length };
}
