/** The prices that are known and the models that were seen, side by side. */
import * as z from 'zod/mini';
import prices from '../signals/prices.json' with { type: 'json' };
import {
  listPrices,
  priceId,
  priceSource,
  ratesOf,
  type PriceTerms,
  type Rates,
} from '../signals/pricing.js';
import type { LearntModel } from '../signals/price-terms.js';

const count = z.int().check(z.gte(0));
const amount = z.nullable(z.number());

/** A model, its unit prices and what was seen of it. */
const modelPriceSchema = z.strictObject({
  /** As it was reported; a model of the list that was not seen, by its id there. */
  model: z.string(),
  /** The model of the settings or the list whose price it has; null without a price. */
  priced_as: z.nullable(z.string()),
  price_source: z.enum(['list', 'settings', 'learnt', '']),
  /** Where that price was found; empty for the settings and without a price. */
  origin: z.string(),
  /** When it was compared with its source, or learnt: a day; null for the settings and without a price. */
  date: z.nullable(z.string()),
  /** USD per million tokens, today; null for what is not known. */
  rates: z.nullable(
    z.strictObject({ input: amount, output: amount, write_5m: amount, write_1h: amount, read: amount }),
  ),
  /** Rates for the whole request if its prompt is longer than this; null if there are none. */
  long_prompt: z.nullable(
    z.strictObject({
      prompt_tokens: count,
      input: amount,
      output: amount,
      write_5m: amount,
      write_1h: amount,
      read: amount,
    }),
  ),
  /** Multipliers: of fast mode, of inference kept in the US, of a regional endpoint; null if there is none. */
  fast: amount,
  us: amount,
  regional: amount,
  request_count: count,
  total_tokens: count,
  unpriced_requests: count,
  /** What the client reported for the requests without a price, USD: not in any cost. */
  unpriced_reported_cost_usd: amount,
});

export const priceTableSchema = z.strictObject({
  unit: z.string(),
  web_search_usd: z.number(),
  list_date: z.string(),
  models: z.array(modelPriceSchema),
  unpriced: z.strictObject({
    models: count,
    request_count: count,
    total_tokens: count,
    unpriced_reported_cost_usd: amount,
  }),
});

export type ModelPrice = z.infer<typeof modelPriceSchema>;
export type PriceTable = z.infer<typeof priceTableSchema>;

/** What the store has of a model. */
interface Seen {
  model: string;
  request_count: number;
  total_tokens: number;
  unpriced_requests: number;
  unpriced_reported_cost_usd: number | null;
}

/** Every model that was seen, the most used first, then every other one that has a price. */
export function priceTable(
  seen: readonly Seen[],
  terms: PriceTerms,
  learnt: Readonly<Record<string, LearntModel>>,
  now: number,
): PriceTable {
  const named = new Set(seen.map(({ model }) => model));
  const others = [
    ...Object.keys(terms.prices),
    ...Object.keys(terms.aliases),
    ...Object.keys(learnt),
    ...listPrices.keys(),
  ];
  const rest = [...new Set(others)].filter((model) => !named.has(model));
  const models = [
    ...[...seen].sort((a, b) => b.request_count - a.request_count || (a.model < b.model ? -1 : 1)),
    ...rest.map((model) => ({
      model,
      request_count: 0,
      total_tokens: 0,
      unpriced_requests: 0,
      unpriced_reported_cost_usd: null,
    })),
  ].map((one) => withPrice(one, terms, learnt, now));
  const without = models.filter(({ unpriced_requests: requests }) => requests > 0);
  const reported = without.flatMap(({ unpriced_reported_cost_usd: usd }) => usd ?? []);
  const sum = (figures: readonly number[]) => figures.reduce((total, one) => total + one, 0);
  return {
    unit: prices.unit,
    web_search_usd: prices.web_search.usd,
    list_date: prices.date,
    models,
    unpriced: {
      models: without.length,
      request_count: sum(without.map(({ unpriced_requests: requests }) => requests)),
      total_tokens: sum(without.map(({ total_tokens: tokens }) => tokens)),
      unpriced_reported_cost_usd: reported.length === 0 ? null : sum(reported),
    },
  };
}

function withPrice(
  { model, request_count, total_tokens, unpriced_requests, unpriced_reported_cost_usd }: Seen,
  terms: PriceTerms,
  learnt: Readonly<Record<string, LearntModel>>,
  now: number,
): ModelPrice {
  const source = priceSource(model, now, terms);
  const price = ratesOf(model, now, terms);
  const target = Object.hasOwn(terms.aliases, model) ? (terms.aliases[model] ?? model) : model;
  const listed = listPrices.get(priceId(target))?.at(-1);
  return {
    model,
    priced_as: source === '' ? null : source === 'list' ? priceId(target) : target,
    price_source: source,
    ...originOf(source, listed, learnt[target]),
    rates: price === undefined ? null : onlyRates(price),
    long_prompt:
      price?.above === undefined
        ? null
        : { prompt_tokens: price.above.prompt_tokens, ...onlyRates(price.above) },
    fast: price?.fast ?? null,
    us: price?.us ?? null,
    regional: price?.regional ?? null,
    request_count,
    total_tokens,
    unpriced_requests,
    unpriced_reported_cost_usd,
  };
}

function originOf(
  source: ModelPrice['price_source'],
  listed: { source: string; date: string } | undefined,
  learnt: LearntModel | undefined,
): Pick<ModelPrice, 'origin' | 'date'> {
  if (source === 'list' && listed !== undefined) {
    const about = Object.entries(prices.sources).find(([name]) => name === listed.source);
    return { origin: about?.[1] ?? listed.source, date: listed.date };
  }
  if (source === 'learnt' && learnt !== undefined) {
    const { from, confirmed, date } = learnt;
    return { origin: `solved from ${from} figures of the client, confirmed by ${confirmed}`, date };
  }
  return { origin: '', date: null };
}

function onlyRates({ input, output, write_5m, write_1h, read }: Rates): Rates {
  return { input, output, write_5m, write_1h, read };
}
