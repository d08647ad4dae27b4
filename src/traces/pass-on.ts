/** Sends spans in batches. */
import { BATCH_SPANS, type OtlpOutcome } from './otlp-http.js';
import type { Span } from './span.js';

/** The running totals of an export. */
export interface Tally {
  /** Spans accepted and refused, and the reason of the first refusal. */
  spans: number;
  refused: number;
  reason: string;
  traces: Set<string>;
}

export const emptyTally = (): Tally => ({ spans: 0, refused: 0, reason: '', traces: new Set() });

/** Takes at most {@link BATCH_SPANS} spans. */
export type TakeSpans = (spans: readonly Span[]) => Promise<OtlpOutcome>;

/** Passes spans on in batches and adds up the results. */
export async function passOn(
  spans: readonly Span[],
  take: TakeSpans,
  tally: Tally,
  onBatch?: () => void,
): Promise<void> {
  for (let first = 0; first < spans.length; first += BATCH_SPANS) {
    const batch = spans.slice(first, first + BATCH_SPANS);
    const { sent, refused, reason } = await take(batch);
    tally.spans += sent;
    tally.refused += refused;
    if (tally.reason === '') tally.reason = reason;
    for (const { traceId } of batch) tally.traces.add(traceId);
    onBatch?.();
  }
}
