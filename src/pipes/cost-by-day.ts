/** The question cost_by_day: what did each day cost? */
import { costBreakdown } from './parts/cost-breakdown.js';
import { pageOrder } from './parts/page-order.js';

/** The order of the rows. */
export const costByDayOrder = pageOrder(['day', 'text']);

/** What did each day cost? */
export const costByDay = costBreakdown(
  'cost_by_day',
  {
    column: 'day',
    part: `toString(toDate(timestamp, 'UTC'))`,
    question: 'What did each day (UTC) cost, in order? A day without requests has no row.',
  },
  costByDayOrder,
);
