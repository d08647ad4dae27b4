/** The table contents: what people and models wrote, and what tools took and gave. Empty at tier 1. */
import { engine, t, type InferRow } from '@tinybirdco/sdk';
import { common, defineTable, describe, work } from './define.js';

/**
 * What people and models wrote, and what tools took and gave: one row per text, only at privacy tiers 2 and 3, redacted
 * and cut to a limit. The only table with content, so that it can have a retention of its own and be removed alone.
 *
 * Sorted by session, because nobody asks for the texts of a period. FINAL merges sightings on either side of a month's
 * end too.
 */
export const contents = defineTable('contents', {
  description:
    'Texts of sessions, only at privacy tiers 2 and 3: prompts, tool parameters, answers, tool output. Redacted and cut.',
  schema: {
    ...common,
    prompt_id: work.prompt_id,
    agent_id: work.agent_id,
    agent_type: work.agent_type,
    kind: describe(
      t.string().lowCardinality(),
      'What the text is: prompt, tool_input (tier 2), answer, thinking or tool_output (tier 3).',
    ),
    tier: describe(t.uint8(), 'Lowest privacy tier that keeps texts of this kind.'),
    tool_name: describe(
      t.string().lowCardinality().default(''),
      'Tool that was called; empty for other texts.',
    ),
    tool_use_id: describe(t.string().default(''), 'Id of the tool call; empty for other texts.'),
    text: describe(
      t.string(),
      'The text without secrets, cut at 32,768 characters; JSON for structured values.',
    ),
    characters: describe(t.uint32(), 'Length of the whole text, before it was cut.'),
    is_cut: describe(t.uint8(), '1 if the text was longer than the limit.'),
    version: describe(
      t.uint64(),
      'Which sighting of the same text is kept: the one with the highest version.',
    ),
  },
  engine: engine.replacingMergeTree({
    sortingKey: ['session_id', 'event_id'],
    partitionKey: 'toYYYYMM(timestamp)',
    ver: 'version',
    // A row is large: smaller granules read fewer texts of other sessions.
    settings: { index_granularity: 256 },
  }),
});

/** A text as it is sent to Tinybird. */
export type ContentRow = InferRow<typeof contents>;
