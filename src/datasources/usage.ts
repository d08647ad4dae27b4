/** The places of the values in `requests.usage`, by name, and which usage of a request counts. */
import { t } from '@tinybirdco/sdk';
import { tupleColumn } from './tuple-column.js';

/** The parts that decide which sighting counts: the greatest tuple, by its rank, then by the tokens of its output. */
export const orderParts = [
  { name: 'rank', type: t.uint8(), meaning: 'rank' },
  { name: 'output_tokens', type: t.uint32(), meaning: 'output' },
  { name: 'input_tokens', type: t.uint32(), meaning: 'input' },
  { name: 'cache_read_tokens', type: t.uint32(), meaning: 'cache read' },
  { name: 'cache_creation_tokens', type: t.uint32(), meaning: 'cache creation' },
  { name: 'cache_creation_5m_tokens', type: t.uint32(), meaning: 'of these 5 min' },
  { name: 'cache_creation_1h_tokens', type: t.uint32(), meaning: 'of these 1 h' },
] as const;

/** Rank of a report that a request was declined. No other usage without output has this rank. */
const REFUSED_RANK = 2;

/** SQL of the rank of a sighting in `api_requests`. */
export const usageRank = `multiIf(
    source = 'transcript' AND is_final = 1, 3,
    is_refused = 1, ${REFUSED_RANK},
    source = 'otel' AND output_tokens > 0, 2,
    1
  )`;

/** SQL of those parts, of a sighting in `api_requests`. */
export const orderOfSighting = {
  rank: `toUInt8(${usageRank})`,
  output_tokens: 'output_tokens',
  input_tokens: 'input_tokens',
  cache_read_tokens: 'cache_read_tokens',
  cache_creation_tokens: 'cache_creation_tokens',
  cache_creation_5m_tokens: 'cache_creation_5m_tokens',
  cache_creation_1h_tokens: 'cache_creation_1h_tokens',
};

const column = tupleColumn('usage', [
  ...orderParts,
  { name: 'is_priced', type: t.uint8(), meaning: 'priced 0/1' },
  { name: 'cost_usd', type: t.float64(), meaning: 'list price USD' },
  { name: 'model', type: t.string(), meaning: 'model' },
  { name: 'speed', type: t.string(), meaning: 'speed' },
]);

export const { type: usageType, meaning: usageMeaning, part: usage, of: usageTuple } = column;

/** SQL that is 1 for a request that the API declined before any output: it is not billed. */
export const isDeclined = `(${usage('rank')} = ${REFUSED_RANK} AND ${usage('output_tokens')} = 0)`;
