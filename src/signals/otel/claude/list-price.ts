import { exactPrice, priceRequest, type Usage } from '../../pricing.js';
import type { EpochMs } from '../../../base/time/units.js';

/** What an event of a request tells of its price beside the usage. */
interface PriceHints {
  /** What the client reports, USD; null where it does not. */
  reported: number | null;
  /** Tokens that were written to the cache for an hour; null where the event does not tell them apart. */
  written1h: number | null;
  /** Whether the API may have run web searches, which are billed apart and whose number is not told. */
  mayHaveSearched: boolean;
}

/** Half of the last digit that a cost in whole microdollars has, and the noise of binary fractions. */
const TOLERANCE = 6e-7;

/**
 * The list price of a request that OpenTelemetry told, USD; null where our prices have none for it.
 *
 * A price depends on things that OpenTelemetry may leave out: how long cache writes live, whether inference was kept
 * in the US, how many web searches were run. The reported cost says what they were, and is taken where our own
 * prices give just that for some value of them. Any other reported cost (the client's guess for a model, a negotiated
 * rate, the attempts that broke off) is no list price: then the request has the lowest one that our prices give.
 *
 * @param usage with every cache write among those of five minutes
 * @param at when it happened
 */
export function listPrice(model: string, usage: Usage, hints: PriceHints, at: EpochMs): number | null {
  const written = usage.cacheCreation5m;
  const price = (written1h: number, inferenceGeo: string, webSearches: number) =>
    priceRequest(
      model,
      {
        ...usage,
        cacheCreation5m: written - written1h,
        cacheCreation1h: written1h,
        inferenceGeo,
        webSearches,
      },
      at,
    );
  const [fewest, most] = hints.written1h === null ? [0, written] : [hints.written1h, hints.written1h];
  const lowest = price(fewest, '', 0);
  const { reported } = hints;
  if (lowest === null || reported === null) return exactPrice(lowest);

  const fee = (price(fewest, '', 1) ?? lowest) - lowest;
  const isListPrice = ['', 'us'].some((geo) => {
    const [low, high] = [price(fewest, geo, 0), price(most, geo, 0)];
    if (low === null || high === null) return false;
    const searches = hints.mayHaveSearched ? Math.max(0, Math.floor((reported - low + TOLERANCE) / fee)) : 0;
    const rest = reported - searches * fee;
    return rest >= low - TOLERANCE && rest <= high + TOLERANCE;
  });
  return exactPrice(isListPrice ? reported : lowest);
}
