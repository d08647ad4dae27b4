import type { Json } from '../../base/json/json.js';

/** Why a request could not be read at all. Sending it again would not help. */
export interface DecodeProblem {
  name: 'not_json' | 'not_protobuf' | 'not_otlp';
  message: string;
}

/** The body of a request as an object of OTLP/JSON's shape, whatever it was written in. */
export type Request = { request: Json } | { problem: DecodeProblem };

/** What a request held: its records, and how many more that no table can take. Or why it holds nothing. */
export type Decoded<T> = Records<T> | { problem: DecodeProblem };

export interface Records<T> {
  records: T[];
  refused: Refused;
}

/** Records that were left out, and why (the reasons, each once). */
export interface Refused {
  count: number;
  reasons: ReadonlySet<string>;
}

/** A record, or the reason why no table can take it. */
export type Reading<T> = { record: T } | { refused: string };

/** Sorts readings into records and refused ones. */
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
