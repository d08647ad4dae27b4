/** The table unpriced_months: in which months requests of a model had no price of the list or the settings. */
import { engine, t } from '@tinybirdco/sdk';
import { defineTable, describe } from './define.js';

/** Where to look for requests without a price, and for those from which a price is learnt. */
export const unpricedMonths = defineTable('unpriced_months', {
  description:
    'Models and months in which a request was stored without a price, or with a learnt one. It may have one by now.',
  materialized: true,
  schema: {
    model: describe(t.string().lowCardinality(), 'Model of the request.'),
    month: describe(t.uint32(), 'Month of the request, UTC: year × 100 + month.'),
  },
  engine: engine.replacingMergeTree({ sortingKey: ['model', 'month'] }),
});
