/** The places of the values in `requests.usage`, by name. */
import { t } from '@tinybirdco/sdk';

/**
 * The parts of `requests.usage`, a tuple, in the order in which stores hold them. The best sighting is the greatest
 * tuple: by its rank, then by the tokens of its output.
 */
const parts = [
  { name: 'rank', type: t.uint8(), meaning: 'rank' },
  { name: 'output_tokens', type: t.uint32(), meaning: 'output' },
  { name: 'input_tokens', type: t.uint32(), meaning: 'input' },
  { name: 'cache_read_tokens', type: t.uint32(), meaning: 'cache read' },
  { name: 'cache_creation_tokens', type: t.uint32(), meaning: 'cache creation' },
  { name: 'cache_creation_5m_tokens', type: t.uint32(), meaning: 'of these 5 min' },
  { name: 'cache_creation_1h_tokens', type: t.uint32(), meaning: 'of these 1 h' },
  { name: 'is_priced', type: t.uint8(), meaning: 'priced 0/1' },
  { name: 'cost_usd', type: t.float64(), meaning: 'list price USD' },
  { name: 'model', type: t.string(), meaning: 'model' },
  { name: 'speed', type: t.string(), meaning: 'speed' },
] as const;

/** Rank of a report that a request was declined. No other usage without output has this rank. */
export const REFUSED_RANK = 2;

type UsagePart = (typeof parts)[number]['name'];

/** The type of the column. */
export const usageType = t.tuple(...parts.map(({ type }) => type));

/** What the column holds, part by part. */
export const usageMeaning = parts.map(({ meaning }) => meaning).join(', ');

/** SQL that reads one part of the column. */
export function usage(part: UsagePart): string {
  return `usage.${parts.findIndex(({ name }) => name === part) + 1}`;
}

/** SQL that is 1 for a request that the API declined before any output: it is not billed. */
export const isDeclined = `(${usage('rank')} = ${REFUSED_RANK} AND ${usage('output_tokens')} = 0)`;

/** SQL that makes the column from one expression per part. */
export function usageTuple(expressions: Record<UsagePart, string>): string {
  return `(
    ${parts.map(({ name }) => expressions[name]).join(',\n    ')}
  )`;
}
