/** The spans that are exported, and their ids. */
import { identify } from '../signals/identity.js';
import type { EpochMs } from '../base/time/units.js';

/** The value of a span attribute. Whole numbers are sent as integers. */
export type AttributeValue = string | number | boolean;

/** A span for any OTLP backend. Ids are hexadecimal. */
export interface Span {
  traceId: string;
  spanId: string;
  /** Empty for the root span. */
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'client';
  start: EpochMs;
  end: EpochMs;
  /** Kind of the failure, one word; null without a failure. */
  error: string | null;
  attributes: Record<string, AttributeValue>;
  events: { at: EpochMs; name: string; attributes: Record<string, AttributeValue> }[];
  links: { traceId: string; spanId: string }[];
  /** Whether the span is over. One that is not may still change. */
  isOver: boolean;
}

/** The id of a trace, 16 bytes in hexadecimal. The same thing has the same id in every export. */
export function traceIdOf(kind: 'session' | 'command' | 'issue', ...parts: readonly string[]): string {
  return identify('trace', kind, ...parts);
}

/** The globally unique id of a span, 8 bytes in hexadecimal. */
export function spanIdOf(kind: string, ...parts: readonly string[]): string {
  return identify('span', kind, ...parts).slice(0, 16);
}

/** The attributes with known values: null and empty texts are left out. */
export function known(
  attributes: Readonly<Record<string, AttributeValue | null | undefined>>,
): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, AttributeValue] =>
        entry[1] !== null && entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
