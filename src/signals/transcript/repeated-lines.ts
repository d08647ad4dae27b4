/**
 * Finds lines of the main thread that the file of a subagent repeats. A subagent that goes on from where the main thread
 * is (one that sums the session up, or a fork of it) has a copy of these lines before its own.
 */
import type { EpochMs } from '../../base/time/units.js';
import type { Response, Transcript } from './transcript-types.js';

/** The responses and tool calls of a main thread, by their times. */
export class MainThread {
  readonly #idsAt = new Map<EpochMs, string[]>();

  constructor({ responses, toolCalls }: Transcript) {
    for (const response of responses) this.#add(response.at, idOf(response));
    for (const { at, id } of toolCalls) this.#add(at, id);
  }

  /** Time of the last response or call that a subagent's file repeats; null if there is none. */
  lastIn({ responses, toolCalls }: Transcript): EpochMs | null {
    let last: EpochMs | null = null;
    const look = (at: EpochMs, id: string) => {
      // A copy keeps its time; a gateway may give an id again.
      if ((last === null || at > last) && this.#idsAt.get(at)?.includes(id) === true) last = at;
    };
    for (const response of responses) look(response.at, idOf(response));
    for (const { at, id } of toolCalls) look(at, id);
    return last;
  }

  #add(at: EpochMs, id: string): void {
    const ids = this.#idsAt.get(at);
    if (ids === undefined) this.#idsAt.set(at, [id]);
    else ids.push(id);
  }
}

function idOf({ requestId, messageId, key }: Response): string {
  return requestId || messageId || key;
}
