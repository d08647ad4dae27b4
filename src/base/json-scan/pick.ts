/**
 * Picks a few values out of a JSON text without parsing the rest of it.
 *
 * A transcript's line is mostly what nobody counts (file contents, twice): what the shape does not name is
 * walked over, never turned into objects. The result is what `JSON.parse` gives, less what the shape leaves out.
 *
 * What is walked over is checked for its structure alone: a torn line is found, a bad escape in it is not.
 */
import { bytes, INPUT_AT, makeRoom, renew, slotsAt, walker } from './memory.js';
import { compileShape, View, type CompiledShape, type Shape } from './shape.js';

/** An object, with what of it was asked for. */
type Json = Record<string, unknown>;

/** A JSON text as bytes of UTF-8 in the walker's memory: where it begins and ends. */
export interface Place {
  from: number;
  to: number;
}

/** Picks out of texts what a shape names. */
export class Picker {
  readonly #given: Shape;
  #shape: CompiledShape | undefined;
  #view: View | undefined;

  constructor(shape: Shape) {
    this.#given = shape;
  }

  /**
   * What the object that stands there holds; undefined if none does. It can be read until something else is picked,
   * by whomever.
   */
  pick(from: number, to: number): Json | undefined {
    return this.#pick(from, to, slotsAt);
  }

  /** The same, and what was picked before can be read on. */
  pickMore(from: number, to: number): Json | undefined {
    return this.#pick(from, to, 0);
  }

  #pick(from: number, to: number, free: number): Json | undefined {
    this.#shape ??= compileShape(this.#given);
    const slot = walker.pick(from, to, this.#shape.node, free);
    renew();
    if (slot === 0) return undefined;
    this.#view ??= this.#shape.view();
    return View.show(this.#view, slot / 4) as unknown as Json;
  }
}

/** Puts a text where it can be picked from. */
export function holdText(text: string): Place {
  const length = Buffer.byteLength(text);
  makeRoom(length);
  bytes.write(text, INPUT_AT);
  return { from: INPUT_AT, to: INPUT_AT + length };
}

/** Whether nothing but blanks stands there. */
export function isBlank(from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0x20 && byte !== 0xa0 && (byte < 0x09 || byte > 0x0d)) return false;
  }
  return true;
}
