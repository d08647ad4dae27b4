/**
 * Picks a few values from a JSON text without parsing the rest.
 *
 * Most of a transcript line is text that is never counted (file contents, twice). What the shape does not name is
 * skipped and never becomes an object. The result equals that of `JSON.parse`, less the parts that the shape leaves
 * out.
 *
 * Skipped parts are checked for structure only: a torn line is found, an invalid escape is not.
 */
import { bytes, INPUT_AT, makeRoom, renew, slotsAt, walker } from './memory.js';
import { compileShape, View, type CompiledShape, type Shape } from './shape.js';

/** An object with the members that the shape names. */
type Json = Record<string, unknown>;

/** A range of the walker's memory that holds a JSON text in UTF-8. */
export interface Place {
  from: number;
  to: number;
}

/** Picks the values that a shape names. */
export class Picker {
  readonly #given: Shape;
  #shape: CompiledShape | undefined;
  #view: View | undefined;

  constructor(shape: Shape) {
    this.#given = shape;
  }

  /**
   * The object in the range; undefined if there is none. It is valid until the next pick of any picker of this thread.
   */
  pick(from: number, to: number): Json | undefined {
    return this.#pick(from, to, slotsAt);
  }

  /** The same, but earlier results stay valid. */
  pickMore(from: number, to: number): Json | undefined {
    return this.#pick(from, to, 0);
  }

  /**
   * The object at the beginning of the range, whatever follows it, and the end of it; undefined if there is none. Valid
   * until the next pick.
   */
  pickHead(from: number, to: number): { value: Json; end: number } | undefined {
    this.#shape ??= compileShape(this.#given);
    const value = this.#show(walker.pickHead(from, to, this.#shape.node, slotsAt), this.#shape);
    return value === undefined ? undefined : { value, end: walker.endOfHead() };
  }

  #pick(from: number, to: number, free: number): Json | undefined {
    this.#shape ??= compileShape(this.#given);
    return this.#show(walker.pick(from, to, this.#shape.node, free), this.#shape);
  }

  #show(slot: number, shape: CompiledShape): Json | undefined {
    renew();
    if (slot === 0) return undefined;
    this.#view ??= shape.view();
    return View.show(this.#view, slot / 4);
  }
}

/** Copies a text into the walker's memory. */
export function holdText(text: string): Place {
  const length = Buffer.byteLength(text);
  makeRoom(length);
  bytes.write(text, INPUT_AT);
  return { from: INPUT_AT, to: INPUT_AT + length };
}

/** The text in the range. */
export function textIn(from: number, to: number): string {
  return bytes.toString('utf8', from, to);
}

/** Whether the range holds only blanks. */
export function isBlank(from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0x20 && byte !== 0xa0 && (byte < 0x09 || byte > 0x0d)) return false;
  }
  return true;
}

/** Address of the first object in a range whose first member has one of these names; `to` if there is none. */
export function findObject(names: readonly string[], from: number, to: number): number {
  const range = bytes.subarray(from, to);
  for (let at = range.indexOf('{"'); at >= 0; at = range.indexOf('{"', at + 1)) {
    const name = range.toString('latin1', at + 2, at + 2 + LONGEST_START);
    if (names.some((one) => name.startsWith(`${one}":`))) return from + at;
  }
  return to;
}

/** No name that {@link findObject} is asked for is longer. */
const LONGEST_START = 32;

/** Address of the first byte that is neither a blank, nor a NUL, nor part of a byte-order mark, `to` if there is none. */
export function skipNothing(from: number, to: number): number {
  let at = from;
  while (at < to) {
    if ((bytes[at] ?? 0) <= 0x20) at += 1;
    else if (hasMark(at)) at += 3;
    else break;
  }
  return Math.min(at, to);
}

/** Whether the byte-order mark of UTF-8 is at this address. */
function hasMark(at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
}
