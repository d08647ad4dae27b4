import { identify } from '../signals/identity.js';
import type { EpochMs } from '../base/time/units.js';

/** A value of a span's attribute. Whole numbers are sent as such. */
export type AttributeValue = string | number | boolean;

/** A span as any OTLP backend takes it. Ids are hexadecimal. */
export interface Span {
  traceId: string;
  spanId: string;
  /** Empty at the root. */
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'client';
  start: EpochMs;
  end: EpochMs;
  /** Kind of the failure, in a word; null where nothing failed. */
  error: string | null;
  attributes: Record<string, AttributeValue>;
  events: { at: EpochMs; name: string; attributes: Record<string, AttributeValue> }[];
  links: { traceId: string; spanId: string }[];
  /** Whether it is over: what is not may look different tomorrow. */
  isOver: boolean;
}

/** Identity of a trace: the same thing has the same id in every export. 16 bytes, hexadecimal. */
export function traceIdOf(kind: 'session' | 'command' | 'issue', ...parts: readonly string[]): string {
  return identify('trace', kind, ...parts);
}

/** Identity of a span within the world, 8 bytes, hexadecimal. */
export function spanIdOf(kind: string, ...parts: readonly string[]): string {
  return identify('span', kind, ...parts).slice(0, 16);
}

/** The attributes that are known: null and the empty text are left out. */
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
