/**
 * The table session_summaries: the newest state of a session, recomputed whole from its transcripts each time.
 */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe } from './define.js';

/** The newest state of a session, recomputed whole from its transcripts each time. */
export const sessionSummaries = defineTable('session_summaries', {
  description:
    'Newest state of a session, recomputed whole from its transcripts. Its money is a snapshot: pipes read `requests`.',
  schema: {
    ...common,
    started_at: describe(t.dateTime64(3, 'UTC').nullable(), "First line of the session's own life, UTC."),
    last_activity_at: describe(
      t.dateTime64(3, 'UTC').nullable(),
      "Last line of the session's own life, UTC; null without a transcript: then this row's counts are unknown, not 0.",
    ),
    ended_at: describe(
      t.dateTime64(3, 'UTC').nullable(),
      'When SessionEnd came, UTC; null while the session is open.',
    ),
    end_reason: describe(t.string().lowCardinality().default(''), 'Reason that SessionEnd gave.'),
    session_type: describe(
      t.string().lowCardinality().default(''),
      'How it was started: interactive, print, sdk, editor, desktop, ci or remote; empty if unknown.',
    ),
    user: describe(
      t.string().lowCardinality().default(''),
      'Hash by a key of the user whose machine recorded it, never an address; empty if unknown.',
    ),
    models: describe(t.array(t.string()), 'Models that answered, sorted.'),
    prompts: describe(t.uint32(), 'Prompts that a person or a program sent.'),
    requests: describe(t.uint32(), "The session's own API requests, subagents included."),
    tool_calls: describe(t.uint32(), 'Tool calls that got a result.'),
    tool_failures: describe(t.uint32(), 'Of these, failed.'),
    lines_added: describe(
      t.uint32().nullable(),
      'Lines that Edit and Write added, a new file with all of its lines; null where a result does not tell.',
    ),
    lines_removed: describe(
      t.uint32().nullable(),
      'Lines that Edit and Write removed; null where a result does not tell.',
    ),
    agents_used: describe(t.uint32(), 'Distinct types of subagents.'),
    skills_used: describe(t.uint32(), 'Distinct skills that the model called or a person typed.'),
    input_tokens: describe(t.uint64(), 'Uncached input, tokens.'),
    output_tokens: describe(t.uint64(), 'Output, tokens.'),
    cache_read_tokens: describe(t.uint64(), 'Input read from the cache, tokens.'),
    cache_creation_tokens: describe(t.uint64(), 'Input written to the cache, tokens.'),
    total_tokens: describe(t.uint64(), 'All four together, tokens.'),
    total_cost_usd: describe(
      t.float64().nullable(),
      'List price of the priced requests, USD; null if none is priced.',
    ),
    unpriced_requests: describe(t.uint32(), 'Requests of a model without a known price.'),
    reported_cost_usd: describe(
      t.float64().nullable(),
      "The client's own total when the session was last left, USD, with what it resumed or forked; null where it says nothing.",
    ),
    reported_cost_basis: describe(
      t.string().lowCardinality().default(''),
      "The client's word on the prices of that total: list, managed, known (list or managed) or unknown; empty where it says nothing.",
    ),
    reported_models: describe(
      t.string().default('{}'),
      "The client's own tokens and cost by model, of the same total, as JSON.",
    ),
    version: describe(
      t.uint64(),
      'When this state was computed, milliseconds since 1970; the newest is kept.',
    ),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['session_id'],
    ver: 'version',
  }),
});

/** A session's state as it is sent to Tinybird. */
export type SessionSummaryRow = InferRow<typeof sessionSummaries>;
