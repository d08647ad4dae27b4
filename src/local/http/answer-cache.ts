/** Caches answers until the next write. */
import type { Answer } from '../workspace/query.js';
import type { Ms } from '../../base/time/units.js';

/** Number of cached answers, and the largest answer that is cached, bytes. */
const MAX_ANSWERS = 64;
const MAX_BYTES = 256_000;

interface Kept {
  answer: Answer;
  /** Milliseconds on the clock that nobody sets. */
  at: Ms;
  /** The engine's count of writes when the answer was made. */
  writes: number;
}

/**
 * Caches answers for clients that accept an old one (RFC 9111, `Cache-Control: max-age` of a request). Any write to the
 * store invalidates all answers, so a cached one can be outdated only where it depends on the current time.
 */
export class AnswerCache {
  private readonly kept = new Map<string, Kept>();

  /** @param writes a counter that increases when a write begins and when it ends */
  constructor(private readonly writes: () => number) {}

  /**
   * A cached answer of at most `maxAge` seconds, or a new one. Without `maxAge` always a new one, which is not cached.
   */
  async answer(
    key: string,
    maxAge: number | null,
    make: () => Promise<Answer>,
  ): Promise<{ answer: Answer; age: number | null }> {
    if (maxAge === null) return { answer: await make(), age: null };
    const known = this.kept.get(key);
    const age = known === undefined ? Infinity : (performance.now() - known.at) / 1000;
    if (known?.writes === this.writes() && age < maxAge) return { answer: known.answer, age };

    const writes = this.writes();
    const answer = await make();
    this.kept.delete(key);
    if (answer.bytes.byteLength <= MAX_BYTES) this.kept.set(key, { answer, at: performance.now(), writes });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_ANSWERS) break;
      this.kept.delete(oldest);
    }
    return { answer, age: null };
  }
}

/** Seconds of max-age in a Cache-Control header; null if it has none. */
export function maxAgeOf(header: string | undefined): number | null {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(header ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds);
}
