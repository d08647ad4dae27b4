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

  #pick(from: number, to: number, free: number): Json | undefined {
    this.#shape ??= compileShape(this.#given);
    const slot = walker.pick(from, to, this.#shape.node, free);
    renew();
    if (slot === 0) return undefined;
    this.#view ??= this.#shape.view();
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
