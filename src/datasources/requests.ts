/** The table requests: one Messages API request, its sightings merged. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';
import { layersColumn } from './layers.js';
import { priceMeaning, priceType } from './price.js';
import { rankedId, rankedName } from './ranked.js';
import { usageColumns } from './usage.js';

/**
 * SQL that keeps the row that counts: a request near the end of a week has a row in two weeks. The row in the week of
 * its time has all of its sightings, if they are at most a day apart.
 */
export const isOwnWeek = 'week = toMonday(timestamp)';

/** SQL of the weeks in which a sighting at `timestamp` is stored: its own, and the one that begins or ended within a day. */
export const weeksOfSighting =
  'arrayDistinct([toMonday(timestamp - toIntervalDay(1)), toMonday(timestamp), toMonday(timestamp + toIntervalDay(1))])';

/** Who made a request and for what, by the columns of `api_requests`. */
const owners = {
  session_id: rankedId('Session in whose own life the request happened.'),
  project: rankedName('Project of that session.'),
  prompt_id: rankedId('Prompt it belongs to.'),
  agent_id: rankedId('Subagent that made it; empty for the main thread.'),
  agent_type: rankedName('Type of that subagent.'),
  parent_agent_id: rankedId('Subagent that started that subagent.'),
  skill_name: rankedName('Skill it was made under.'),
  git_branch: rankedName('Branch that was checked out.'),
};

export type OwnerName = keyof typeof owners;

export const ownerNames = Object.keys(owners) as OwnerName[];

const ownerColumns = Object.fromEntries(ownerNames.map((name) => [`best_${name}`, owners[name]])) as Record<
  `best_${OwnerName}`,
  (typeof owners)[OwnerName]
>;

/**
 * One Messages API request: its sightings merged. Money is counted here and nowhere else.
 *
 * Every column merges independently of order and repetition, so a sighting that arrives again, late, or from another
 * layer changes nothing. A question reads the weeks of its window.
 */
export const requests = defineTable('requests', {
  description:
    'One Messages API request, its sightings merged. The one place where tokens and money are counted. A request near the end of a week has a row in both weeks: only the one where week = toMonday(timestamp) counts.',
  materialized: true,
  schema: {
    week: describe(t.date(), 'Monday of the week, UTC, of a sighting, or of the week within a day of it.'),
    request_key: describe(
      t.string(),
      'Request id; with `|` and the message id after it if others may have the same; without one the message id with a hash of the first line, or the id of the line. A further call of a response (an advisor, a compaction) has `:iter:N` after it.',
    ),
    timestamp: describe(t.simpleAggregateFunction('min', t.dateTime64(3, 'UTC')), 'Earliest sighting, UTC.'),
    ...usageColumns,
    best_model: rankedName('Model of the best sighting.'),
    best_price: describe(
      t.simpleAggregateFunction('max', priceType),
      `Price of that usage in its newest version: (${priceMeaning}).`,
    ),
    ...ownerColumns,
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
    sources: layersColumn('saw the request'),
  },
  engine: engine.aggregatingMergeTree({
    sortingKey: ['week', 'request_key'],
    partitionKey: 'toYYYYMM(week)',
  }),
});
