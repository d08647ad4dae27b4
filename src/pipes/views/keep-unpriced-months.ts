/** The materialised view keep_unpriced_months: remembers where requests had no known price. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { unpricedMonths } from '../../datasources/index.js';

/** Remembers the models and months of requests without a price of the list or the settings. */
export const keepUnpricedMonths = defineMaterializedView('keep_unpriced_months', {
  description: 'Remembers the models and months of requests without a price, or with a learnt one.',
  datasource: unpricedMonths,
  nodes: [
    node({
      name: 'unpriced_sightings',
      sql: `
SELECT DISTINCT model, toYYYYMM(timestamp) AS month
FROM api_requests
WHERE cost_usd IS NULL OR price_source = 'learnt'`,
    }),
  ],
});
