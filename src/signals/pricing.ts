/**
 * The price of one request: from the user's settings, from the price list, or learnt from what the client reported, in
 * this order.
 */
import prices from './prices.json' with { type: 'json' };
import type { Settings } from '../base/settings.js';
import type { EpochMs } from '../base/time/units.js';
import { readModelName } from './model-name.js';

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

/** The parts of a price. */
export const rateNames = ['input', 'output', 'write_5m', 'write_1h', 'read'] as const;

/** USD per million tokens; null for a part that is not known. */
export type Rates = Record<(typeof rateNames)[number], number | null>;

/** Where a price comes from; empty if there is none. */
export type PriceSource = 'list' | 'settings' | 'learnt' | '';

/** Learnt prices by the name of a model, exactly as it was reported. */
type LearntRates = Readonly<
  Record<
    string,
    Rates & {
      /** Longest prompt that they hold for, tokens; null if there is no limit. */ longest: number | null;
    }
  >
>;

/** What applies besides the price list. Plain data, because threads get a copy. */
export interface PriceTerms {
  prices: Settings['prices'];
  aliases: Settings['model_aliases'];
  learnt: LearntRates;
  /**
   * Version of every price that is computed with them, epoch ms: rows hold it, and of two prices of the same usage the
   * one with the higher version counts.
   */
  version: EpochMs;
}

/** The price list alone. */
export const listOnly: PriceTerms = {
  prices: {},
  aliases: {},
  learnt: {},
  version: Date.parse(prices.date),
};

interface DatedPrice extends Rates {
  /** First day of this price, UTC; absent for a model's first price. */
  valid_from?: string;
  /** Multiplier of fast mode; absent if the model has none or it is not known. */
  fast?: number;
  /** Multiplier of inference kept in the US: 1 if absent, null if not known. */
  us?: number | null;
  /** Multiplier of a regional endpoint of Bedrock or Vertex: 1 if absent, null if not known. */
  regional?: number | null;
  /** Multiplier of an endpoint of AWS GovCloud; absent if it is not known. */
  gov?: number;
  /** Rates for the whole request if its prompt is longer than this. */
  above?: Rates & { prompt_tokens: number };
}

/** The prices of a name that was reported, and what the name itself says. */
interface Found {
  dated: readonly DatedPrice[];
  source: PriceSource;
  isFast: boolean;
  isRegional: boolean;
  isGov: boolean;
}

/** A price of the list, with its origin. */
export interface ListEntry extends DatedPrice {
  source: string;
  /** Day when it was compared with its source. */
  date: string;
}

/** The API's values for an ordinary request. The price for any other value is unknown. */
const ordinary = {
  speed: new Set(['', 'standard', 'normal']),
  geo: new Set(['', 'global', 'not_available', 'default']),
  // A Priority Tier commitment is paid apart; its requests have the list price (Claude Code applies the same).
  tier: new Set(['', 'standard', 'standard_only', 'auto', 'default', 'priority']),
};

/** Every price of the list by model, newest last. */
export const listPrices: ReadonlyMap<string, readonly ListEntry[]> = new Map(Object.entries(prices.models));

const aliases: ReadonlyMap<string, string> = new Map(Object.entries(prices.aliases));

/**
 * The price of one request, USD; null for a model, a speed, a place or a date without a known price.
 *
 * Priced per request and never per aggregate, because the long-prompt band depends on the prompt of the one request
 * (input + cache read + cache written). A cache write without a lifetime counts as a five-minute one.
 *
 * @param at time of the request
 */
export function priceRequest(
  model: string,
  usage: Usage,
  at: EpochMs,
  terms: PriceTerms = listOnly,
): number | null {
  const { dated, isFast, isRegional, isGov } = findPrices(model, terms);
  const price = priceOfDay(dated, at);
  if (price === undefined) return null;
  const fast =
    usage.speed === 'fast' || isFast ? price.fast : ordinary.speed.has(usage.speed) ? 1 : undefined;
  const place = isGov ? (price.gov ?? null) : placeFactor(price, usage.inferenceGeo, isRegional);
  const tier = usage.serviceTier === 'batch' ? 0.5 : ordinary.tier.has(usage.serviceTier) ? 1 : undefined;
  if (fast === undefined || place === null || tier === undefined) return null;

  const prompt = usage.input + usage.cacheRead + usage.cacheCreation5m + usage.cacheCreation1h;
  const rates = price.above !== undefined && prompt > price.above.prompt_tokens ? price.above : price;
  const perMillion = inAll(
    part(usage.input, rates.input),
    part(usage.output, rates.output),
    part(usage.cacheRead, rates.read),
    part(usage.cacheCreation5m, rates.write_5m),
    part(usage.cacheCreation1h, rates.write_1h),
  );
  return perMillion === null
    ? null
    : (perMillion / 1e6) * fast * place * tier + usage.webSearches * prices.web_search.usd;
}

/** Where the price of a model on a day comes from; empty if it has none. */
export function priceSource(model: string, at: EpochMs, terms: PriceTerms = listOnly): PriceSource {
  const { dated, source } = findPrices(model, terms);
  return priceOfDay(dated, at) === undefined ? '' : source;
}

/** The rates of a model on a day, without any multiplier; undefined if it has no price. */
export function ratesOf(model: string, at: EpochMs, terms: PriceTerms = listOnly): DatedPrice | undefined {
  return priceOfDay(findPrices(model, terms).dated, at);
}

/**
 * A price without the error of binary fractions (0.08473050000000001): list prices have at most twelve decimals. The
 * embedded server takes its slow path for such long digit sequences, since they may be ids beyond 2^53.
 */
export function exactPrice(cost: number | null): number | null {
  return cost === null ? null : Math.round(cost * 1e12) / 1e12;
}

/** The id of a model in the price list, whether the list has it or not. */
export function priceId(model: string): string {
  const { id } = readModelName(model);
  return aliases.get(id) ?? id;
}

/** Tokens at a rate; null if there are some and the rate is not known. */
function part(tokens: number, rate: number | null): number | null {
  return tokens === 0 ? 0 : rate === null ? null : tokens * rate;
}

function inAll(...parts: (number | null)[]): number | null {
  let sum = 0;
  for (const one of parts) {
    if (one === null) return null;
    sum += one;
  }
  return sum;
}

/** The multiplier of the place of inference; null if it is not known. A regional endpoint in the US costs it once. */
function placeFactor({ us = 1, regional = 1 }: DatedPrice, geo: string, isRegional: boolean): number | null {
  const byGeo = geo === 'us' ? us : ordinary.geo.has(geo) ? 1 : null;
  const byName = isRegional ? regional : 1;
  return byGeo === null || byName === null ? null : Math.max(byGeo, byName);
}

function priceOfDay(dated: readonly DatedPrice[], at: EpochMs): DatedPrice | undefined {
  return dated.findLast(({ valid_from }) => valid_from === undefined || Date.parse(valid_from) <= at);
}

/** What was found for each reported name: there are few names and many requests. */
let found = { terms: listOnly, byName: new Map<string, Found>() };
const MOST_NAMES = 1_000;

function findPrices(model: string, terms: PriceTerms): Found {
  if (found.terms !== terms || found.byName.size >= MOST_NAMES) found = { terms, byName: new Map() };
  let one = found.byName.get(model);
  if (one === undefined) found.byName.set(model, (one = lookUp(model, terms)));
  return one;
}

const nothing: Found = { dated: [], source: '', isFast: false, isRegional: false, isGov: false };

function lookUp(reported: string, terms: PriceTerms): Found {
  const model = own(terms.aliases, reported) ?? reported;
  const exactly = own(terms.prices, model);
  if (exactly !== undefined)
    return { ...nothing, dated: [agreed(exactly, listPrices.get(model)?.at(-1))], source: 'settings' };

  const { id: written, ...said } = readModelName(model);
  const { isFast } = said;
  const id = aliases.get(written) ?? written;
  // The list may have a price of its own for the fast variant of a model.
  const variant = isFast ? listPrices.get(`${id}-fast`) : undefined;
  if (variant !== undefined) return { ...said, dated: variant, source: 'list', isFast: false };
  const listed = listPrices.get(id);
  const byId = own(terms.prices, id);
  if (byId !== undefined) return { ...said, dated: [agreed(byId, listed?.at(-1))], source: 'settings' };
  if (listed !== undefined) return { ...said, dated: listed, source: 'list' };
  const learnt = own(terms.learnt, model);
  if (learnt !== undefined) return { ...nothing, dated: [learntPrice(learnt)], source: 'learnt' };
  return nothing;
}

/** A learnt price: nothing is known of fast mode, of regions, and of prompts that are longer than those learnt from. */
function learntPrice({ longest, ...rates }: LearntRates[string]): DatedPrice {
  const unknown: Rates = { input: null, output: null, write_5m: null, write_1h: null, read: null };
  return {
    ...rates,
    us: null,
    regional: null,
    ...(longest === null ? {} : { above: { ...unknown, prompt_tokens: longest } }),
  };
}

/** A price of the settings, with the multipliers of the list for the same model. */
function agreed(rates: Rates, listed: DatedPrice | undefined): DatedPrice {
  const { fast, us, regional, gov } = listed ?? { us: null, regional: null };
  return {
    ...rates,
    ...(fast === undefined ? {} : { fast }),
    ...(gov === undefined ? {} : { gov }),
    ...(us === undefined ? {} : { us }),
    ...(regional === undefined ? {} : { regional }),
  };
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
