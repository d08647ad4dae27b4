/** Turns a Claude Code record about an API request into the columns of `api_requests`. */
import { identify } from '../../identity.js';
import type { ApiRequestRow } from '../../../datasources/index.js';
import { listOnly, priceSource, type PriceTerms } from '../../pricing.js';
import { listPrice } from './list-price.js';
import type { AttributeReader } from './reader.js';
import { isSubagent, workColumns } from './work.js';
import type { EpochMs } from '../../../base/time/units.js';

/**
 * The columns of a request that OpenTelemetry reported. Complete and billed, but with less detail than a transcript: no
 * message id, no web searches, and before client 2.1.332 no lifetime of cache writes (both parts are 0, the sum is
 * right).
 *
 * The list price is our own, see list-price.ts; the price that the client reports has a column of its own. A span has
 * no cost and no lifetimes: all its cache writes are priced as five-minute ones, the cheaper kind. An event of the same
 * request costs at least that much, so it wins (see merge-requests.ts), and so does a transcript.
 *
 * @param at time of the request
 * @param sighting the kind of record: the `api_request` event, or the `llm_request` span, which has the subagent's id
 * @param fallbackKey identity of the record, for providers that give requests no id
 * @param prices what applies besides the price list
 */
export function apiRequestColumns(
  read: AttributeReader,
  at: EpochMs,
  sighting: 'own' | 'span',
  fallbackKey: string,
  prices: PriceTerms = listOnly,
): Omit<ApiRequestRow, keyof SharedColumns> {
  const key = requestKey(read) || fallbackKey;
  const reported = read.number('cost_usd') ?? microdollars(read.number('cost_usd_micros'));
  const work = workColumns(read);
  const [written5m, written1h] = [
    read.count('cache_creation_5m_tokens'),
    read.count('cache_creation_1h_tokens'),
  ];
  const written = Math.max(read.count('cache_creation_tokens') ?? 0, (written5m ?? 0) + (written1h ?? 0));
  const isSplit = written5m !== null || written1h !== null;
  const usage = {
    input: read.count('input_tokens') ?? 0,
    output: read.count('output_tokens') ?? 0,
    cacheRead: read.count('cache_read_tokens') ?? 0,
    cacheCreation5m: written,
    cacheCreation1h: 0,
    webSearches: 0,
    // Events call `normal` what the API calls `standard`.
    speed: read.name('speed') === 'normal' ? 'standard' : read.name('speed'),
    serviceTier: '',
    inferenceGeo: '',
  };
  const cost = listPrice(
    work.model,
    usage,
    {
      reported,
      written1h: isSplit ? (written1h ?? 0) : null,
      mayHaveSearched: read.name('query_source') === 'web_search_tool',
    },
    at,
    prices,
  );
  return {
    event_id: identify('api_request', key, 'otel', sighting),
    request_key: key,
    request_id: read.name('request_id'),
    message_id: '',
    parent_agent_id: read.name('parent_agent_id'),
    git_branch: '',
    is_sidechain: isSubagent(read) ? 1 : 0,
    is_copy: 0,
    is_final: 1,
    is_refused: 0,
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_tokens: usage.cacheRead,
    cache_creation_tokens: written,
    // Cache writes without a lifetime count as five-minute ones, as in a transcript.
    cache_creation_5m_tokens: isSplit ? written - (written1h ?? 0) : 0,
    cache_creation_1h_tokens: written1h ?? 0,
    web_search_requests: usage.webSearches,
    speed: usage.speed,
    service_tier: usage.serviceTier,
    inference_geo: usage.inferenceGeo,
    cost_usd: cost,
    price_source: cost === null ? '' : priceSource(work.model, at, prices),
    price_version: prices.version,
    reported_cost_usd: reported,
    // A span's duration includes its retries; the event has the duration of the request alone.
    duration_ms: sighting === 'span' ? null : read.count('duration_ms'),
    // The spread comes last: V8 builds an object that begins with a spread property by property.
    ...work,
  };
}

/**
 * The columns of a request that the API declined: no usage and no cost. The client reports the attempt as an ordinary
 * request, too, with the tokens of its input and a cost, but the API bills no decline before the first output.
 */
export function refusedRequestColumns(read: AttributeReader): Omit<ApiRequestRow, keyof SharedColumns> {
  const key = requestKey(read);
  return {
    event_id: identify('api_refusal', key, 'otel'),
    request_key: key,
    request_id: read.name('request_id'),
    message_id: '',
    parent_agent_id: read.name('parent_agent_id'),
    git_branch: '',
    is_sidechain: isSubagent(read) ? 1 : 0,
    is_copy: 0,
    is_final: 1,
    is_refused: 1,
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_creation_tokens: 0,
    cache_creation_5m_tokens: 0,
    cache_creation_1h_tokens: 0,
    web_search_requests: 0,
    speed: '',
    service_tier: '',
    inference_geo: '',
    cost_usd: 0,
    price_source: '',
    price_version: 0,
    reported_cost_usd: null,
    duration_ms: null,
    ...workColumns(read),
  };
}

/** What identifies the request of a record: the id that the API gave it, else the client's; empty without either. */
export function requestKey(read: AttributeReader): string {
  return read.name('request_id') || read.name('client_request_id');
}

/** Whether the record reports usage: a failed request used nothing. */
export function hasUsage(read: AttributeReader): boolean {
  return read.count('input_tokens') !== null && read.count('output_tokens') !== null;
}

/** Columns that every row of Claude Code's records has, in any table. */
export type SharedColumns = Pick<
  ApiRequestRow,
  'timestamp' | 'session_id' | 'project' | 'source' | 'origin' | 'device' | 'privacy_tier' | 'schema_version'
>;

function microdollars(micros: number | null): number | null {
  return micros === null ? null : micros / 1e6;
}
