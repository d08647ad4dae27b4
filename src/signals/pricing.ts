/** The price list: the list price of one request. */
import prices from './prices.json' with { type: 'json' };
import type { EpochMs } from '../base/time/units.js';

/** The usage of one request, tokens. `input` excludes all tokens read from or written to the cache. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation5m: number;
  cacheCreation1h: number;
  webSearches: number;
  speed: string;
  serviceTier: string;
  inferenceGeo: string;
}

/** USD per million tokens. */
interface Rates {
  input: number;
  output: number;
  write_5m: number;
  write_1h: number;
  read: number;
}

interface DatedPrice extends Rates {
  /** First day of this price, UTC; absent for a model's first price. */
  valid_from?: string;
  /** Multiplier of fast mode; absent if the model has none. */
  fast?: number;
  /** Multiplier of inference kept in the US; absent if the model has no such choice. */
  us?: number;
  /** Rates for the whole request if its prompt is longer than this. */
  above?: Rates & { prompt_tokens: number };
}

/** The API's values for an ordinary request. The price for any other value is unknown. */
const ordinary = {
  speed: new Set(['', 'standard', 'normal']),
  geo: new Set(['', 'global', 'not_available', 'default']),
  tier: new Set(['', 'standard', 'standard_only', 'auto']),
};

const models = new Map<string, readonly DatedPrice[]>(Object.entries(prices.models));

/**
 * The list price of one request, USD; null for a model, a speed or a date without a known price.
 *
 * Priced per request and never per aggregate, because the long-prompt band depends on the prompt of the one request
 * (input + cache read + cache written). A cache write without a lifetime counts as a five-minute one.
 *
 * @param at time of the request
 */
export function priceRequest(model: string, usage: Usage, at: EpochMs): number | null {
  const price = findPrice(model, at);
  if (price === undefined) return null;
  const fast = usage.speed === 'fast' ? price.fast : ordinary.speed.has(usage.speed) ? 1 : undefined;
  const region =
    usage.inferenceGeo === 'us' ? (price.us ?? 1) : ordinary.geo.has(usage.inferenceGeo) ? 1 : undefined;
  const tier = usage.serviceTier === 'batch' ? 0.5 : ordinary.tier.has(usage.serviceTier) ? 1 : undefined;
  if (fast === undefined || region === undefined || tier === undefined) return null;

  const prompt = usage.input + usage.cacheRead + usage.cacheCreation5m + usage.cacheCreation1h;
  const rates = price.above !== undefined && prompt > price.above.prompt_tokens ? price.above : price;
  const perMillion =
    usage.input * rates.input +
    usage.output * rates.output +
    usage.cacheRead * rates.read +
    usage.cacheCreation5m * rates.write_5m +
    usage.cacheCreation1h * rates.write_1h;

  return (perMillion / 1e6) * fast * region * tier + usage.webSearches * prices.web_search_usd;
}

/**
 * A price without the error of binary fractions (0.08473050000000001): list prices have at most twelve decimals. The
 * embedded server takes its slow path for such long digit sequences, since they may be ids beyond 2^53.
 */
export function exactPrice(cost: number | null): number | null {
  return cost === null ? null : Math.round(cost * 1e12) / 1e12;
}

function findPrice(model: string, at: number): DatedPrice | undefined {
  let dated = pricesOf.get(model);
  if (dated === undefined) {
    if (pricesOf.size >= MOST_NAMES) pricesOf.clear();
    pricesOf.set(model, (dated = models.get(priceId(model)) ?? []));
  }
  return dated.findLast(({ valid_from }) => valid_from === undefined || Date.parse(valid_from) <= at);
}

/** Prices by model name as reported: there are few names and many requests. */
const pricesOf = new Map<string, readonly DatedPrice[]>();
const MOST_NAMES = 1_000;

/** The id of a model in the price list: without provider prefix, context-window suffix, version or date. */
export function priceId(model: string): string {
  return model
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z]+\.)?anthropic\./, '')
    .replace(/\[[^\]]*\]$/, '')
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace(/[@-]\d{8}$/, '');
}
