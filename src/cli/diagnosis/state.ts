/** What the data of `atel status` says about the store and about losses. */
import type * as z from 'zod/mini';
import { START_LIMIT_MS } from '../../drain/starting.js';
import type { statusSchema } from '../../schemas.js';

/** The data of `status`, as printed with `--json`. */
export type Status = z.infer<typeof statusSchema>;

export type StoreState = 'answers' | 'asleep' | 'starting' | 'silent' | 'troubled';

/** The embedded server stops when idle and starts with the next session, so a stopped server is not a problem. */
export function stateOf({ store }: Status, now = Date.now()): StoreState {
  if (store.problem === null) return 'answers';
  const isSilent = store.problem.kind === 'network' || store.problem.kind === 'timeout';
  if (!store.local || !isSilent) return 'troubled';
  if (store.process === null) return store.problem.kind === 'network' ? 'asleep' : 'troubled';
  return now - Date.parse(store.process.since) < START_LIMIT_MS ? 'starting' : 'silent';
}

/** A loss counts as a problem for a day; the number of lost events stays. */
const LOSS_MATTERS_MS = 24 * 3600_000;

/** Whether events were lost recently. */
export function wasLosing({ last_lost_at: lostAt }: Status, now = Date.now()): boolean {
  return lostAt !== null && now - Date.parse(lostAt) < LOSS_MATTERS_MS;
}

/** How long before the client deletes unread transcripts this is a problem. */
const DELETION_MATTERS_MS = 7 * 24 * 3600_000;

/** Whether the client is about to delete transcripts that were never read, or may already do so. */
export function isExpiring({ transcripts: { first_deletion_at: at } }: Status, now = Date.now()): boolean {
  return at !== null && Date.parse(at) - now < DELETION_MATTERS_MS;
}
