/** Thrift's compact protocol, as far as Parquet's headers and footer need it. */
import { Bytes } from './bytes.js';

/** A value in Thrift's compact protocol. A struct is a list of fields in the order of their ids. */
export type ThriftValue =
  | { kind: 'i32' | 'i64'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'list'; of: ThriftValue['kind']; items: readonly ThriftValue[] }
  | { kind: 'struct'; fields: Fields };

/** Fields with their ids, in ascending order. */
export type Fields = readonly (readonly [id: number, value: ThriftValue])[];

export const i32 = (value: number): ThriftValue => ({ kind: 'i32', value });
export const i64 = (value: number): ThriftValue => ({ kind: 'i64', value });
export const text = (value: string): ThriftValue => ({ kind: 'text', value });
export const struct = (fields: Fields): ThriftValue => ({ kind: 'struct', fields });
export const list = (of: ThriftValue['kind'], items: readonly ThriftValue[]): ThriftValue => ({
  kind: 'list',
  of,
  items,
});

const typeCodes = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } satisfies Record<
  ThriftValue['kind'],
  number
>;

/** Writes a struct, such as a Parquet header or footer. */
export function writeStruct(out: Bytes, fields: Fields): void {
  let before = 0;
  for (const [id, value] of fields) {
    // The short form of a field header holds the difference of the ids, which here is always small.
    out.byte(((id - before) << 4) | typeCodes[value.kind]);
    writeValue(out, value);
    before = id;
  }
  out.byte(0);
}

function writeValue(out: Bytes, value: ThriftValue): void {
  switch (value.kind) {
    case 'i32':
    case 'i64':
      // ZigZag encoding; no value here is negative.
      out.varint(value.value * 2);
      break;
    case 'text': {
      const bytes = Buffer.from(value.value);
      out.varint(bytes.length);
      out.append(bytes);
      break;
    }
    case 'list': {
      const { length } = value.items;
      out.byte((Math.min(length, 15) << 4) | typeCodes[value.of]);
      if (length >= 15) out.varint(length);
      for (const item of value.items) writeValue(out, item);
      break;
    }
    case 'struct':
      writeStruct(out, value.fields);
  }
}
