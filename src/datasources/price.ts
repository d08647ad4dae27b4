import { t } from '@tinybirdco/sdk';

/**
 * The parts of `requests.price`, a tuple, in the order in which stores hold them. The greatest tuple counts: it is the
 * price of the usage that counts (the first parts are those of `requests.usage`), in its newest version.
 */
const parts = [
  { name: 'rank', type: t.uint8(), meaning: 'rank' },
  { name: 'output_tokens', type: t.uint32(), meaning: 'output' },
  { name: 'input_tokens', type: t.uint32(), meaning: 'input' },
  { name: 'cache_read_tokens', type: t.uint32(), meaning: 'cache read' },
  { name: 'cache_creation_tokens', type: t.uint32(), meaning: 'cache creation' },
  { name: 'cache_creation_5m_tokens', type: t.uint32(), meaning: 'of these 5 min' },
  { name: 'cache_creation_1h_tokens', type: t.uint32(), meaning: 'of these 1 h' },
  { name: 'version', type: t.uint64(), meaning: 'version of the price' },
  { name: 'is_priced', type: t.uint8(), meaning: 'priced 0/1' },
  { name: 'cost_usd', type: t.float64(), meaning: 'price USD' },
  { name: 'source', type: t.string(), meaning: 'list, settings or learnt' },
] as const;

type PricePart = (typeof parts)[number]['name'];

/** The type of the column. */
export const priceType = t.tuple(...parts.map(({ type }) => type));

/** What the column holds, part by part. */
export const priceMeaning = parts.map(({ meaning }) => meaning).join(', ');

/** SQL that reads one part of the column. */
export function price(part: PricePart): string {
  return `price.${parts.findIndex(({ name }) => name === part) + 1}`;
}

/** SQL that makes the column from one expression per part. */
export function priceTuple(expressions: Record<PricePart, string>): string {
  return `(
    ${parts.map(({ name }) => expressions[name]).join(',\n    ')}
  )`;
}

/** SQL of a request's price, USD; null if it has none. */
export const costOfRequest = `if(${price('is_priced')} = 1, ${price('cost_usd')}, NULL)`;

/** SQL of where that price comes from; empty if there is none. Rows of earlier versions have list prices only. */
export const priceSourceOfRequest = `multiIf(${price('is_priced')} = 0, '', ${price('source')} = '', 'list', ${price('source')})`;
