/** How long deliveries to the store took, as a histogram per result: kept in the health, exported to Prometheus. */
import * as z from 'zod/mini';
import type { Ms } from '../base/time/units.js';

/** Upper bounds of the buckets, milliseconds; the last bucket has no bound. */
export const deliveryBoundsMs = [
  50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
] as const;

/** A failed delivery left rows behind: the store did not answer, or refused a table. */
const deliveryResults = ['success', 'failure'] as const;

export type DeliveryResult = (typeof deliveryResults)[number];

const timesSchema = z.object({
  count: z.number(),
  /** Of all, milliseconds. */
  total: z.number(),
  /** Number of deliveries up to each bound. */
  upTo: z.array(z.number()),
});

export const deliveryTimesSchema = z.partialRecord(z.enum(deliveryResults), timesSchema);

/** Only results that happened have times. */
export type DeliveryTimes = z.infer<typeof deliveryTimesSchema>;

/** Adds a delivery. */
export function withDelivery(times: DeliveryTimes, result: DeliveryResult, took: Ms): DeliveryTimes {
  const { count, total, upTo } = times[result] ?? { count: 0, total: 0, upTo: [] };
  return {
    ...times,
    [result]: {
      count: count + 1,
      total: total + took,
      upTo: deliveryBoundsMs.map((bound, place) => (upTo[place] ?? 0) + (took <= bound ? 1 : 0)),
    },
  };
}
