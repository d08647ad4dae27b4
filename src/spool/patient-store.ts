/** Waits out the short pauses that a store with a rate limit asks for, such as Tinybird Cloud. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';
import type { RowStore } from './row-store.js';

/** How long one who sends may wait for a store that asks for pauses, milliseconds. */
export interface PatienceLimits {
  /** A longer pause is left to the next delivery. */
  onePause: Ms;
  /** All pauses together. */
  allPauses: Ms;
  /** No pause ends later than this after the first write began: the writes between them take time, too. */
  lastPause: Ms;
}

/** A drain holds its lock all the time, and a command waits a minute for another drain. */
const OF_DRAIN: PatienceLimits = { onePause: 10_000, allPauses: 30_000, lastPause: 40_000 };

/** A history is large, a person sees its progress, and nothing waits for it. */
export const OF_BACKFILL: PatienceLimits = { onePause: 60_000, allPauses: 900_000, lastPause: Infinity };

/** A pause is at least so long, milliseconds: a server may ask for none. */
const SHORTEST_PAUSE_MS = 250;

/** How long the deliveries of one drain, or those of a backfill, may still pause. Share it between them. */
export class Patience {
  #left: Ms;
  #until: Ms | undefined;

  constructor(
    private readonly now: () => Ms = () => performance.now(),
    private readonly limits: PatienceLimits = OF_DRAIN,
  ) {
    this.#left = limits.allPauses;
  }

  /** Begins to count the time, unless it is counted already. */
  begin(): void {
    this.#until ??= this.now() + this.limits.lastPause;
  }

  /** Whether a pause that a server asks for is short enough. */
  allows(asked: Ms): boolean {
    return asked <= this.limits.onePause;
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
        if (asked === null || !patience.allows(asked)) throw error;
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
