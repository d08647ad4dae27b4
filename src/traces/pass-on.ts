import { BATCH_SPANS, type OtlpOutcome } from './otlp-http.js';
import type { Span } from './span.js';

/** What became of the spans of an export so far. */
export interface Tally {
  /** Spans that were taken, and that were refused, and why, in the words of the first refusal. */
  spans: number;
  refused: number;
  reason: string;
  traces: Set<string>;
}

export const emptyTally = (): Tally => ({ spans: 0, refused: 0, reason: '', traces: new Set() });

/** Takes some spans, at most {@link BATCH_SPANS}. */
export type TakeSpans = (spans: readonly Span[]) => Promise<OtlpOutcome>;

/** Hands spans on, some at a time, and counts them as they go. */
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
