/** The table requests: one Messages API request, its sightings merged. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';
import { priceMeaning, priceType } from './price.js';
import { usageMeaning, usageType } from './usage.js';

const best = (what: string) =>
  describe(
    t.simpleAggregateFunction('max', t.tuple(t.uint8(), t.string())),
    `(rank, value): ${what} The best-ranked source wins.`,
  );

/**
 * One Messages API request: its sightings merged. Money is counted here and nowhere else.
 *
 * Every column merges independently of order and repetition, so a sighting that arrives again, late, or from another
 * layer changes nothing. Not partitioned on purpose: two sightings of one request can fall on either side of
 * midnight, and a pruned partition would then show the request in both months.
 */
export const requests = defineTable('requests', {
  description:
    'One Messages API request, its sightings merged. The one place where tokens and money are counted.',
  materialized: true,
  schema: {
    request_key: describe(t.string(), 'Request id, else message id.'),
    timestamp: describe(t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')), 'Earliest sighting, UTC.'),
    usage: describe(
      t.simpleAggregateFunction('max', usageType),
      `Whole usage of the best sighting: (${usageMeaning}).`,
    ),
    price: describe(
      t.simpleAggregateFunction('max', priceType),
      `Price of that usage in its newest version: (${priceMeaning}).`,
    ),
    session_id: best('session in whose own life the request happened.'),
    project: best('project of that session.'),
    prompt_id: best('prompt it belongs to.'),
    agent_id: best('subagent that made it; empty for the main thread.'),
    agent_type: best('type of that subagent.'),
    parent_agent_id: best('subagent that started that subagent.'),
    skill_name: best('skill it was made under.'),
    git_branch: best('branch that was checked out.'),
    request_id: describe(
      t.simpleAggregateFunction('max', t.string()),
      "The API's request id, where a source knows it.",
    ),
    message_id: describe(
      t.simpleAggregateFunction('max', t.string()),
      'Message id, where a source knows it.',
    ),
    is_sidechain: describe(
      t.simpleAggregateFunction('min', t.uint8()),
      '0 if any sighting is on the main branch.',
    ),
    reported_cost_usd: describe(
      t.simpleAggregateFunction('max', t.float64().nullable()),
      'What the client itself reported, USD; null where it did not.',
    ),
    duration_ms: describe(
      t.simpleAggregateFunction('max', t.uint64().nullable()),
      'Time to the end of the response, milliseconds; null where unknown.',
    ),
    sources: describe(
      t.simpleAggregateFunction('groupUniqArrayArray', t.array(t.string())),
      'Layers that saw the request.',
    ),
  },
  engine: engine.aggregatingMergeTree({ sortingKey: ['request_key'] }),
});
