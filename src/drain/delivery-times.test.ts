import { expect, it } from 'vitest';
import { withDelivery } from './delivery-times.js';

it('each delivery counts in the buckets of its result whose bound it does not exceed', () => {
  const first = withDelivery({}, 'success', 100);
  const second = withDelivery(first, 'success', 400_000);
  const third = withDelivery(second, 'failure', 1);
  expect(third).toEqual({
    success: { count: 2, total: 400_100, upTo: [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
    failure: { count: 1, total: 1, upTo: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
  });
});
