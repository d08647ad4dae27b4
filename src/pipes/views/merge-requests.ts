/** The materialised view merge_requests: turns each sighting into mergeable rows of `requests`. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { requests } from '../../datasources/index.js';
import { bitOfSource } from '../../datasources/layers.js';
import { priceIn } from '../../datasources/price.js';
import { textOf } from '../../datasources/ranked.js';
import { ownerNames, weeksOfSighting, type OwnerName } from '../../datasources/requests.js';
import { orderOfSighting, usageIn, usageRank } from '../../datasources/usage.js';
import { hiddenSkills } from '../parts/otel-skill-names.js';

/** Conditions for names that are not to be trusted. */
const distrusted: Partial<Record<OwnerName, string[]>> = {
  agent_type: ["agent_type = 'custom'"],
  skill_name: [`skill_name IN ${hiddenSkills}`],
};

/**
 * Turns each sighting into a mergeable row of `requests`, near the end of a week into two.
 *
 * A name is ranked by how far its source can be trusted: OpenTelemetry writes `custom` for names it hides, so
 * a hook's or a transcript's name wins over it, and an empty name never wins over a real one. Of a copied line only the
 * usage counts: the copy has the names of the session that copied it, and a fork rewrites even its prompt.
 *
 * A report that the API declined the request stands above OpenTelemetry's usage without output and below one with output,
 * which is billed.
 *
 * What several columns need is computed once, in the first node: for each insert the engine spends more time on planning
 * this view than on its rows.
 */
export const mergeRequests = defineMaterializedView('merge_requests', {
  description: 'Merges the sightings of a request, from any source, in any order, however often repeated.',
  datasource: requests,
  nodes: [
    node({
      name: 'ranked_sightings',
      sql: `
SELECT
  *,
  multiIf(is_copy = 1, '0', source = 'hook', '3', source = 'transcript', '2', source = 'otel', '1', '0') AS name_rank,
  ${usageRank} AS usage_rank,
  ${orderOfSighting} AS usage_order
FROM api_requests`,
    }),
    node({
      name: 'mergeable_rows',
      sql: `
SELECT
  arrayJoin(${weeksOfSighting}) AS week,
  request_key,
  timestamp,
  ${usageIn('usage_order')},
  ${textOf('toString(usage_rank)', 'toString(model)')} AS best_model,
  ${priceIn('usage_order')} AS best_price,
  ${ownerNames.map(bestText).join(',\n  ')},
  request_id,
  message_id,
  is_sidechain,
  reported_cost_usd,
  duration_ms,
  ${bitOfSource} AS sources
FROM ranked_sightings`,
    }),
  ],
});

/**
 * The value with its rank in front; rank 0 for a value that is missing or not to be trusted. Such a value is kept until
 * a better one arrives; that of a copied line is dropped at once.
 */
function bestText(column: OwnerName): string {
  const without = [`${column} = ''`, ...(distrusted[column] ?? [])].join(' OR ');
  return `${textOf(`if(${without}, '0', name_rank)`, `if(is_copy = 1, '', toString(${column}))`)} AS best_${column}`;
}
