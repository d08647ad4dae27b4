/** Derives the list price of a request that OpenTelemetry reported. */
import { exactPrice, listOnly, priceRequest, type PriceTerms, type Usage } from '../../pricing.js';
import type { EpochMs } from '../../../base/time/units.js';

/** What a request's event reports about its price, besides the usage. */
interface PriceHints {
  /** The cost that the client reports, USD; null if it reports none. */
  reported: number | null;
  /** Tokens written to the cache for an hour; null if the event does not split cache writes. */
  written1h: number | null;
  /** Whether the API may have run web searches. They cost extra, and their number is not reported. */
  mayHaveSearched: boolean;
}

/** Half a microdollar, the rounding of a reported cost, and the error of binary fractions. */
const TOLERANCE = 6e-7;

/**
 * The list price of a request that OpenTelemetry reported, USD; null without a known price.
 *
 * The price depends on facts that OpenTelemetry may leave out: lifetime of cache writes, inference kept in the US,
 * number of web searches. The reported cost reveals them: it is taken if our prices give exactly that amount for some
 * value of these facts. Any other reported cost (the client's guess for an unknown model, a negotiated rate, attempts
 * that broke off) is not a list price; then the request gets the lowest price that is possible by our list.
 *
 * @param usage with all cache writes counted as five-minute ones
 * @param at time of the request
 */
export function listPrice(
  model: string,
  usage: Usage,
  hints: PriceHints,
  at: EpochMs,
  terms: PriceTerms = listOnly,
): number | null {
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
      terms,
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
