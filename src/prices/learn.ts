/**
 * Learns the unit prices of models that the list does not know, from what the client reported: requests with their cost
 * (OpenTelemetry) and the costs of whole sessions (`cost-state` lines).
 *
 * Only sessions count whose client says that it knows the price of every model in them. For a model that it does not
 * know the client takes the price of another one. Negotiated prices are not list prices: a session counts neither if
 * the client says so, nor if a model of the list cost less in it than the list says.
 */
import * as z from 'zod/mini';
import { priceSource, rateNames, ratesOf, type PriceTerms } from '../signals/pricing.js';
import type { LearntModel } from '../signals/price-terms.js';
import type { TinybirdClient } from '../store/client-types.js';
import { solveRates, type Bill, type Solution } from './solve.js';

type Store = Pick<TinybirdClient, 'sql'>;

const timeoutMs = 60_000;
const tokens = z.int();

const session = z.object({ session_id: z.string(), at: z.number(), reported_models: z.string() });
const modelCosts = z.object({
  input: tokens,
  output: tokens,
  write_5m: tokens,
  write_1h: tokens,
  read: tokens,
  web_searches: tokens,
  usd: z.number(),
});
const request = z.object({
  session_id: z.string(),
  at: z.number(),
  model: z.string(),
  input: tokens,
  output: tokens,
  write_5m: tokens,
  write_1h: tokens,
  read: tokens,
  usd: z.number(),
});

/**
 * SQL that keeps the rows of `api_requests` among which those without a price of the list or the settings are. It reads
 * only the months that have any, and nothing where each model has a price.
 */
export const isMaybeUnpriced = `toYYYYMM(timestamp) IN (SELECT month FROM unpriced_months)
  AND model IN (SELECT model FROM unpriced_months)`;

/** The prices that can be learnt from the store, by model, without those that the terms have already. */
export async function learnPrices(
  store: Store,
  terms: PriceTerms,
  now: Date,
): Promise<Record<string, LearntModel>> {
  const known = { ...terms, learnt: {} };
  const bills = new Map<string, Bill[]>();
  const add = (model: string, bill: Bill) => {
    const those = bills.get(model);
    if (those === undefined) bills.set(model, [bill]);
    else those.push(bill);
  };
  const trusted = new Set<string>();
  for (const { session_id, at, reported_models } of await sessionsOf(store)) {
    const models = z.record(z.string(), modelCosts).safeParse(JSON.parse(reported_models));
    if (!models.success || isCheaperThanList(models.data, at)) continue;
    trusted.add(session_id);
    for (const [model, { usd, web_searches, ...used }] of Object.entries(models.data))
      if (web_searches === 0 && priceSource(model, at, known) === '')
        add(model, { tokens: used, usd, prompt: null });
  }
  for (const { session_id, at, model, usd, ...used } of await requestsOf(store)) {
    if (!trusted.has(session_id) || priceSource(model, at, known) !== '') continue;
    const prompt = used.input + used.read + used.write_5m + used.write_1h;
    add(model, { tokens: used, usd, prompt });
  }
  const learnt: [string, LearntModel][] = [];
  for (const [model, some] of bills) {
    const solution = solveRates(some);
    if (solution !== undefined) learnt.push([model, asLearnt(solution, now)]);
  }
  return Object.fromEntries(learnt.sort(([a], [b]) => a.localeCompare(b)));
}

function asLearnt({ rates, from, confirmed, longest }: Solution, now: Date): LearntModel {
  return { rates, from, confirmed, longest, date: now.toISOString().slice(0, 10) };
}

/**
 * Whether a model of the list cost less than the list says: the client then has prices of its own. A higher cost is no sign of
 * that, because a band, fast mode or a broken attempt may be the reason.
 */
function isCheaperThanList(models: Record<string, z.infer<typeof modelCosts>>, at: number): boolean {
  return Object.entries(models).some(([model, used]) => {
    const rates = ratesOf(model, at);
    if (rates === undefined) return false;
    // The lowest band, whatever the prompts of the requests were.
    const least = rateNames.reduce((sum, name) => sum + used[name] * (rates[name] ?? 0), 0) / 1e6;
    return used.usd < least * (1 - 1e-6) - 1e-6;
  });
}

async function sessionsOf(store: Store) {
  const rows = await store.sql(
    `SELECT session_id, toUnixTimestamp64Milli(timestamp) AS at, reported_models
FROM session_summaries FINAL
WHERE reported_cost_basis IN ('list', 'known')
FORMAT JSON`,
    { timeoutMs },
  );
  return z.array(session).parse(rows);
}

/** Requests whose parts are all known: the lifetimes of cache writes, ordinary speed, no web searches. */
async function requestsOf(store: Store) {
  const rows = await store.sql(
    `SELECT
  session_id,
  toUnixTimestamp64Milli(timestamp) AS at,
  model,
  input_tokens AS input,
  output_tokens AS output,
  cache_creation_5m_tokens AS write_5m,
  cache_creation_1h_tokens AS write_1h,
  cache_read_tokens AS read,
  reported_cost_usd AS usd
FROM api_requests FINAL
WHERE ${isMaybeUnpriced}
  AND source = 'otel'
  AND reported_cost_usd IS NOT NULL
  AND price_source IN ('', 'learnt')
  AND speed IN ('', 'standard', 'normal')
  AND cache_creation_tokens = cache_creation_5m_tokens + cache_creation_1h_tokens
  AND request_id NOT IN (
    SELECT LogAttributes['request_id'] FROM otel_logs WHERE LogAttributes['query_source'] = 'web_search_tool'
  )
ORDER BY timestamp DESC
LIMIT 20000
FORMAT JSON`,
    { timeoutMs },
  );
  return z.array(request).parse(rows);
}
