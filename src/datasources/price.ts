/** The column `requests.best_price`, with its parts by name. */
import { t } from '@tinybirdco/sdk';
import { tupleColumn } from './tuple-column.js';
import { numberOf } from './ranked.js';
import { countedTokens, orderOfSighting } from './usage.js';

/** Where a price comes from; its place, from 1, is stored. No price has place 0. */
export const priceSources = ['list', 'settings', 'learnt'] as const;

const namesOfSources = `[${priceSources.map((source) => `'${source}'`).join(', ')}]`;

/** The greatest tuple counts: it is the price of the usage that counts, in its newest version. */
const column = tupleColumn('best_price', [
  { name: 'order', type: t.uint64(), meaning: 'order of the sighting and its tokens' },
  { name: 'version', type: t.uint64(), meaning: 'version of the price' },
  {
    name: 'source',
    type: t.uint8(),
    meaning: ['unpriced', ...priceSources].map((source, place) => `${place} ${source}`).join(', '),
  },
  { name: 'cost_usd', type: t.float64(), meaning: 'price USD' },
]);

export const { type: priceType, meaning: priceMeaning, part: price } = column;

/** All tokens of a sighting, so that of two sightings of the same order the fuller counts. */
const tokens = countedTokens.map((kind) => `toUInt64(${kind})`).join(' + ');

const orderIn = (order: string): string => numberOf(order, `least(${tokens}, ${2 ** 32 - 1})`);

/** SQL of the order of a sighting in `api_requests` by which its price counts. */
export const orderOfPrice = orderIn(orderOfSighting);

/**
 * SQL that makes the column from a sighting in `api_requests`, if `order` is its order. Rows of earlier versions have list
 * prices only.
 */
export const priceIn = (order: string): string =>
  column.of({
    order: orderIn(order),
    version: 'price_version',
    source: `toUInt8(if(cost_usd IS NULL, 0, greatest(indexOf(${namesOfSources}, toString(price_source)), 1)))`,
    cost_usd: 'ifNull(cost_usd, 0)',
  });

/** SQL of a request's price, USD; null if it has none. */
export const costOfRequest = `if(${price('source')} > 0, ${price('cost_usd')}, NULL)`;

/** SQL of where that price comes from; empty if there is none. */
export const priceSourceOfRequest = `${namesOfSources}[${price('source')}]`;
