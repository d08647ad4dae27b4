/** Waits out the short pauses that a store with a rate limit asks for, such as Tinybird Cloud. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';
import type { RowStore } from './row-store.js';

/** A longer pause is left to the next delivery, milliseconds. */
const LONGEST_PAUSE_MS = 10_000;
/** All pauses of one drain together, milliseconds: a command waits a minute for another drain. */
const ALL_PAUSES_MS = 30_000;
/** No pause ends later than this after the first write began, milliseconds: the writes between them take time, too. */
const LAST_PAUSE_MS = 40_000;
/** A pause is at least so long, milliseconds: a server may ask for none. */
const SHORTEST_PAUSE_MS = 250;

/** How long the deliveries of one drain may still pause. Share it between them: the drain's lock is held all the time. */
export class Patience {
  #left: Ms = ALL_PAUSES_MS;
  #until: Ms | undefined;

  constructor(private readonly now: () => Ms = () => performance.now()) {}

  /** Begins to count the time, unless it is counted already. */
  begin(): void {
    this.#until ??= this.now() + LAST_PAUSE_MS;
  }

  /** Whether there is time for a pause; it then counts as made. */
  take(pause: Ms): boolean {
    if (pause > this.#left || (this.#until !== undefined && this.now() + pause > this.#until)) return false;
    this.#left -= pause;
    return true;
  }
}

/**
 * The store, whose writes are tried again after a 429 that asks for a short pause. Without that, rows would wait for the
 * next session if no hook fires any more. Each pause is up to a quarter longer than asked for, so that machines which were
 * refused together do not come back together.
 */
export function patientStore(
  store: RowStore,
  patience = new Patience(),
  pause: (ms: Ms) => Promise<unknown> = sleep,
): RowStore {
  async function patiently<T>(write: () => Promise<T>): Promise<T> {
    patience.begin();
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const asked =
          error instanceof StoreError && error.kind === 'rate_limited' ? error.retryAfterMs : null;
        if (asked === null || asked > LONGEST_PAUSE_MS) throw error;
        const ms = Math.max(SHORTEST_PAUSE_MS, Math.round(asked * (1 + Math.random() / 4)));
        if (!patience.take(ms)) throw error;
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
