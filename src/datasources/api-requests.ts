/** The table api_requests: one sighting of one Messages API request, by one source. */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe, unknowable, work } from './define.js';

/**
 * One sighting of one Messages API request, by one source. Several sources may report the same request, each of them
 * several times; `requests` merges the sightings, and every question about money reads that table.
 */
export const apiRequests = defineTable('api_requests', {
  description:
    'One sighting of one Messages API request by one source. Ask `requests` for totals: it merges the sightings.',
  schema: {
    ...common,
    ...work,
    request_key: describe(t.string(), 'Key of the request, as in `requests`.'),
    request_id: describe(
      t.string().default(''),
      "The API's request id; empty where the provider gives none.",
    ),
    message_id: describe(
      t.string().default(''),
      "The response's message id; empty where the source does not say.",
    ),
    parent_agent_id: describe(
      t.string().default(''),
      'Subagent that started this subagent; empty if the main thread did.',
    ),
    git_branch: describe(t.string().lowCardinality().default(''), 'Branch that was checked out.'),
    is_sidechain: describe(
      t.uint8(),
      '1 on a side branch of the conversation (subagent, side question), else 0.',
    ),
    is_copy: describe(
      t.uint8(),
      '1 if the line is a copy that a fork or resume made of another session, else 0.',
    ),
    is_final: describe(
      t.uint8(),
      '1 if the response was complete when seen, 0 while its numbers may be placeholders.',
    ),
    is_refused: describe(
      t.uint8().default(0),
      '1 if this says that the API declined the request: without any output it is not billed.',
    ),
    input_tokens: describe(t.uint32(), 'Uncached input, tokens.'),
    output_tokens: describe(t.uint32(), 'Output with thinking, tokens.'),
    cache_read_tokens: describe(t.uint32(), 'Input read from the cache, tokens.'),
    cache_creation_tokens: describe(t.uint32(), 'Input written to the cache, both lifetimes, tokens.'),
    cache_creation_5m_tokens: describe(t.uint32(), 'Of these, written for five minutes, tokens.'),
    cache_creation_1h_tokens: describe(t.uint32(), 'Of these, written for one hour, tokens.'),
    web_search_requests: describe(t.uint32(), 'Web searches that the API ran and bills apart.'),
    speed: describe(t.string().lowCardinality().default(''), 'standard or fast.'),
    service_tier: describe(t.string().lowCardinality().default(''), 'standard, priority or batch.'),
    inference_geo: describe(
      t.string().lowCardinality().default(''),
      'Where inference was pinned to (us), else empty.',
    ),
    cost_usd: describe(
      t.float64().nullable(),
      'Price by our own list (or settings, or learnt), USD, at the time of the request; null for an unknown model.',
    ),
    reported_cost_usd: describe(
      t.float64().nullable(),
      'What the client itself reported, USD; null where it did not.',
    ),
    duration_ms: unknowable.durationMs('Time to the end of the response'),
    price_source: describe(
      t.string().lowCardinality().default(''),
      'Where cost_usd comes from: list, settings or learnt; empty without a price, and in rows of earlier versions (list).',
    ),
    price_version: describe(
      t.uint64().default(0),
      'Version of that price, milliseconds since 1970: of two prices of one usage the newer counts.',
    ),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['event_id'],
    partitionKey: 'toYYYYMM(timestamp)',
  }),
});

/** A sighting as it is sent to Tinybird. */
export type ApiRequestRow = InferRow<typeof apiRequests>;
