/** The places of the values in `requests.price`, by name. */
import { t } from '@tinybirdco/sdk';
import { tupleColumn } from './tuple-column.js';
import { orderParts } from './usage.js';

/** The greatest tuple counts: it is the price of the usage that counts, in its newest version. */
const column = tupleColumn('price', [
  ...orderParts,
  { name: 'version', type: t.uint64(), meaning: 'version of the price' },
  { name: 'is_priced', type: t.uint8(), meaning: 'priced 0/1' },
  { name: 'cost_usd', type: t.float64(), meaning: 'price USD' },
  { name: 'source', type: t.string(), meaning: 'list, settings or learnt' },
]);

export const { type: priceType, meaning: priceMeaning, part: price, of: priceTuple } = column;

/** SQL of a request's price, USD; null if it has none. */
export const costOfRequest = `if(${price('is_priced')} = 1, ${price('cost_usd')}, NULL)`;

/** SQL of where that price comes from; empty if there is none. Rows of earlier versions have list prices only. */
export const priceSourceOfRequest = `multiIf(${price('is_priced')} = 0, '', ${price('source')} = '', 'list', ${price('source')})`;
