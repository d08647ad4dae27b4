/** The price of a stored request by the terms of today. */
import * as z from 'zod/mini';
import { listPrice } from '../signals/otel/claude/list-price.js';
import {
  exactPrice,
  priceRequest,
  priceSource,
  type PriceSource,
  type PriceTerms,
  type Usage,
} from '../signals/pricing.js';

const tokens = z.int();

/** What a sighting in `api_requests` says about its price. */
export const storedSighting = z.object({
  event_id: z.string(),
  request_key: z.string(),
  request_id: z.string(),
  source: z.string(),
  at: z.number(),
  model: z.string(),
  is_refused: z.int(),
  /** The sighting of a request with the greatest order counts. */
  price_order: z.coerce.bigint(),
  session_id: z.string(),
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_tokens: tokens,
  cache_creation_tokens: tokens,
  cache_creation_5m_tokens: tokens,
  cache_creation_1h_tokens: tokens,
  web_search_requests: tokens,
  speed: z.string(),
  service_tier: z.string(),
  inference_geo: z.string(),
  cost_usd: z.nullable(z.number()),
  reported_cost_usd: z.nullable(z.number()),
  price_source: z.string(),
  price_version: z.number(),
});

export type StoredSighting = z.infer<typeof storedSighting>;

/** A price and where it comes from. */
export interface Price {
  usd: number | null;
  source: PriceSource;
}

/**
 * The price of a sighting, as capture would compute it today.
 *
 * @param searched whether the request may have run web searches that its source does not count
 */
export function priceNow(row: StoredSighting, terms: PriceTerms, searched: boolean): Price {
  // A decline costs nothing by any price.
  if (row.is_refused === 1) return { usd: 0, source: 'list' };
  const isOtel = row.source === 'otel';
  const written = row.cache_creation_tokens;
  const usage: Usage = {
    input: row.input_tokens,
    output: row.output_tokens,
    cacheRead: row.cache_read_tokens,
    cacheCreation5m: isOtel ? written : Math.max(0, written - row.cache_creation_1h_tokens),
    cacheCreation1h: isOtel ? 0 : row.cache_creation_1h_tokens,
    webSearches: row.web_search_requests,
    speed: row.speed,
    serviceTier: row.service_tier,
    inferenceGeo: row.inference_geo,
  };
  const isSplit = row.cache_creation_5m_tokens + row.cache_creation_1h_tokens > 0;
  const usd = isOtel
    ? listPrice(
        row.model,
        usage,
        {
          reported: row.reported_cost_usd,
          written1h: isSplit ? row.cache_creation_1h_tokens : null,
          mayHaveSearched: searched,
        },
        row.at,
        terms,
      )
    : exactPrice(priceRequest(row.model, usage, row.at, terms));
  return { usd, source: usd === null ? '' : priceSource(row.model, row.at, terms) };
}

/** Whether two prices are the same. Rows of earlier versions lack the source: it was the price list. */
export function isSamePrice(stored: { usd: number | null; source: string }, { usd, source }: Price): boolean {
  if (stored.usd === null || usd === null) return stored.usd === usd;
  return Math.abs(stored.usd - usd) < 1e-10 && (stored.source === '' ? 'list' : stored.source) === source;
}
