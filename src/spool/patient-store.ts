/** Waits out the short pauses that a store with a rate limit asks for, such as Tinybird Cloud. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';
import type { RowStore } from './row-store.js';

/** A longer pause is left to the next delivery, milliseconds. */
const LONGEST_PAUSE_MS = 10_000;
/** All pauses of one delivery together, milliseconds: `atel flush` waits a minute for another drain. */
const ALL_PAUSES_MS = 30_000;
/** A pause is at least so long, milliseconds: a server may ask for none. */
const SHORTEST_PAUSE_MS = 250;

/**
 * The store, whose writes are tried again after a 429 that asks for a short pause. Without that, rows would wait for the
 * next session if no hook fires any more. Each pause is up to a quarter longer than asked for, so that machines which were
 * refused together do not come back together.
 */
export function patientStore(store: RowStore, pause: (ms: Ms) => Promise<unknown> = sleep): RowStore {
  let left = ALL_PAUSES_MS;
  async function patiently<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const asked =
          error instanceof StoreError && error.kind === 'rate_limited' ? error.retryAfterMs : null;
        if (asked === null || asked > LONGEST_PAUSE_MS) throw error;
        const ms = Math.max(SHORTEST_PAUSE_MS, Math.round(asked * (1 + Math.random() / 4)));
        if (ms > left) throw error;
        left -= ms;
        await pause(ms);
      }
    }
  }
  return {
    ingest: (table, rows) => patiently(() => store.ingest(table, rows)),
    append: (table, file, options) => patiently(() => store.append(table, file, options)),
    sql: (query, options) => store.sql(query, options),
  };
}
