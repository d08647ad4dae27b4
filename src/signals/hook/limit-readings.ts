/**
 * Readings of the plan's limits: what the client hands to its status line as `rate_limits`
 * (https://code.claude.com/docs/en/statusline), which the status line keeps in the inbox when it has changed.
 */
import { asAmount, asObject, type Json } from '../../base/json/json.js';
import { isStoreTime } from '../../base/time/store-time.js';
import { identify } from '../identity.js';
import { isWord } from '../privacy/word.js';

/** What a reading tells of one limit. Unknown is null. */
export interface LimitReading {
  /** The same for equal readings. */
  eventId: string;
  facts: {
    /** The client's name of the limit: `five_hour`, `seven_day`, `spend_limit`. */
    limit: string;
    /** Used part, 0 to 1, or more. */
    used: number;
    /** When it begins anew, ISO 8601. */
    resets_at: string | null;
    used_usd: number | null;
    limit_usd: number | null;
  };
}

/** The readings in a payload, one per limit. A limit without a known use is none. */
export function limitReadings(payload: Json): LimitReading[] {
  return Object.entries(asObject(payload.rate_limits) ?? {}).flatMap(([limit, value]) => {
    const reading = asObject(value);
    const usedUsd = asAmount(reading?.used_usd) ?? null;
    const limitUsd = asAmount(reading?.limit_usd) ?? null;
    const used = shareOf(asAmount(reading?.used_percentage), usedUsd, limitUsd);
    if (used === null || !isWord(limit)) return [];
    const resets = (asAmount(reading?.resets_at) ?? 0) * 1_000;
    const resets_at = resets > 0 && isStoreTime(resets) ? new Date(resets).toISOString() : null;
    const facts = { limit, used, resets_at, used_usd: usedUsd, limit_usd: limitUsd };
    return [{ eventId: identify('limit_reading', limit, resets_at ?? '', String(used)), facts }];
  });
}

function shareOf(percent: number | undefined, usedUsd: number | null, limitUsd: number | null) {
  if (percent !== undefined) return percent / 100;
  return usedUsd === null || limitUsd === null || limitUsd === 0 ? null : usedUsd / limitUsd;
}
