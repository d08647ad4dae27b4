/** The result of decoding an OTLP request. */
import type { Json } from '../../base/json/json.js';

/** Why a whole request could not be read. Sending it again would not help. */
export interface DecodeProblem {
  name: 'not_json' | 'not_protobuf' | 'not_otlp';
  message: string;
}

/** The body of a request in the shape of OTLP/JSON, from either encoding. */
export type Request = { request: Json } | { problem: DecodeProblem };

/** The records of a request and those that were refused, or why nothing could be read. */
export type Decoded<T> = Records<T> | { problem: DecodeProblem };

export interface Records<T> {
  records: T[];
  refused: Refused;
}

/** The number of refused records, and the distinct reasons. */
export interface Refused {
  count: number;
  reasons: ReadonlySet<string>;
}

/** A record, or the reason why no table can hold it. */
export type Reading<T> = { record: T } | { refused: string };

/** Splits readings into records and refused ones. */
export function gather<T>(readings: Iterable<Reading<T>>): Records<T> {
  const records: T[] = [];
  const reasons = new Set<string>();
  let count = 0;
  for (const reading of readings) {
    if ('record' in reading) records.push(reading.record);
    else {
      count += 1;
      reasons.add(reading.refused);
    }
  }
  return { records, refused: { count, reasons } };
}
