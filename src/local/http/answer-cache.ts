import type { Answer } from '../workspace/query.js';
import type { EpochMs } from '../../base/time/units.js';

/** Answers kept, and the largest that is worth keeping, bytes. */
const MAX_ANSWERS = 64;
const MAX_BYTES = 256_000;

interface Kept {
  answer: Answer;
  at: EpochMs;
  /** The engine's count of writes when the answer was made. */
  writes: number;
}

/**
 * Answers for callers who say that an old one will do (RFC 9111, `Cache-Control: max-age` of a request). An
 * answer is old only in what depends on the time of day: any write to the store makes it unusable.
 */
export class AnswerCache {
  private readonly kept = new Map<string, Kept>();

  /** @param writes counts up when a write begins and when it ends */
  constructor(private readonly writes: () => number) {}

  /** The answer of at most `maxAge` seconds, or a new one. Without `maxAge` always a new one, and none is kept. */
  async answer(
    key: string,
    maxAge: number | null,
    make: () => Promise<Answer>,
  ): Promise<{ answer: Answer; age: number | null }> {
    if (maxAge === null) return { answer: await make(), age: null };
    const known = this.kept.get(key);
    const age = known === undefined ? Infinity : (Date.now() - known.at) / 1000;
    if (known?.writes === this.writes() && age < maxAge) return { answer: known.answer, age };

    const writes = this.writes();
    const answer = await make();
    this.kept.delete(key);
    if (answer.bytes.byteLength <= MAX_BYTES) this.kept.set(key, { answer, at: Date.now(), writes });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_ANSWERS) break;
      this.kept.delete(oldest);
    }
    return { answer, age: null };
  }
}

/** Seconds that a Cache-Control header gives as max-age; null where it gives none. */
export function maxAgeOf(header: string | undefined): number | null {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(header ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds);
}
