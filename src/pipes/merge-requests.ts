/** The materialised view merge_requests: turns each sighting into a mergeable row of `requests`. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { requests } from '../datasources/index.js';
import { priceTuple } from '../datasources/price.js';
import { orderOfSighting, usageTuple } from '../datasources/usage.js';
import { hiddenSkills } from './parts/otel-skill-names.js';

/**
 * Turns each sighting into a mergeable row of `requests`.
 *
 * A name is ranked by how far its source can be trusted: OpenTelemetry writes `custom` for names it hides, so
 * a hook's or a transcript's name wins over it, and an empty name never wins over a real one. Of a copied line only the
 * usage counts: the copy has the names of the session that copied it, and a fork rewrites even its prompt.
 *
 * A report that the API declined the request stands above OpenTelemetry's usage without output and below one with output,
 * which is billed.
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
  multiIf(source = 'hook', 3, source = 'transcript', 2, source = 'otel', 1, 0) AS name_rank
FROM api_requests`,
    }),
    node({
      name: 'mergeable_rows',
      sql: `
SELECT
  request_key,
  timestamp,
  ${usageTuple({
    ...orderOfSighting,
    is_priced: 'toUInt8(isNotNull(cost_usd))',
    cost_usd: 'ifNull(cost_usd, 0)',
    model: 'toString(model)',
    speed: 'toString(speed)',
  })} AS usage,
  ${priceTuple({
    ...orderOfSighting,
    version: 'price_version',
    is_priced: 'toUInt8(isNotNull(cost_usd))',
    cost_usd: 'ifNull(cost_usd, 0)',
    source: 'toString(price_source)',
  })} AS price,
  ${rankedName('session_id')},
  ${rankedName('project')},
  ${rankedName('prompt_id')},
  ${rankedName('agent_id')},
  ${rankedName('agent_type', "agent_type = 'custom'")},
  ${rankedName('parent_agent_id')},
  ${rankedName('skill_name', `skill_name IN ${hiddenSkills}`)},
  ${rankedName('git_branch')},
  request_id,
  message_id,
  is_sidechain,
  reported_cost_usd,
  duration_ms,
  [toString(source)] AS sources
FROM ranked_sightings`,
    }),
  ],
});

/**
 * `(rank, value)`; rank 0 for a value that is missing or not to be trusted. Such a value is kept until a better one
 * arrives; that of a copied line is dropped at once.
 *
 * @param distrusted condition for a name that is not to be trusted
 */
function rankedName(column: string, distrusted = '0'): string {
  const value = `if(is_copy = 1, '', toString(${column}))`;
  return `(toUInt8(if(${column} = '' OR is_copy = 1 OR ${distrusted}, 0, name_rank)), ${value}) AS ${column}`;
}
