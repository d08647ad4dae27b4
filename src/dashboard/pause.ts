/** How long a page waits before it asks a question again. */

/** The shortest pause, milliseconds. */
const SHORTEST_MS = 2_000;
/** A pause is this many times as long as the answer took: an open page may use only a small part of the machine. */
const TIMES = 20;
/** The longest pause, milliseconds: one slow answer, as after the start of the store, must not make the figures old. */
const LONGEST_MS = 15_000;

/** The pause after an answer that took some milliseconds. */
export function pauseMs(tookMs: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, TIMES * tookMs));
}
