/** Says in words what the client reported for requests without a price, and how many prices are learnt. */
import { plural } from '../base/format/counts.js';
import { usd } from '../base/format/money.js';

/** What a part of the costs says about its prices. */
interface Part {
  unpriced_reported_cost_usd: number | null;
  learnt_requests: number;
}

/** The notes below the costs of some parts; null if there is nothing to say. */
export function priceNotes(parts: readonly Part[]): { reported: string | null; learnt: string | null } {
  const reported = parts.flatMap(({ unpriced_reported_cost_usd: amount }) => amount ?? []);
  const learnt = parts.reduce((sum, { learnt_requests: requests }) => sum + requests, 0);
  return {
    reported:
      reported.length === 0
        ? null
        : `For these the client reported ${usd(reported.reduce((sum, one) => sum + one, 0))} USD, which may be the price of another model.`,
    learnt:
      learnt === 0
        ? null
        : `${plural(learnt, 'request')} ${learnt === 1 ? 'has a price' : 'have prices'} learnt from the client (atel prices).`,
  };
}
