/**
 * The walker and its linear memory, one per thread: compiled shapes, the table of short texts, the input, and after it
 * the slots of the result.
 */
import { wasm } from './wasm.js';

/** Missing in Node's own types. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** The exports of assembly/index.ts. Addresses are bytes from the start of the memory. */
interface Walker {
  memory: { buffer: ArrayBuffer; grow: (pages: number) => void };
  findBreak: (from: number, to: number) => number;
  pick: (from: number, to: number, node: number, free: number) => number;
  pickHead: (from: number, to: number, node: number, free: number) => number;
  endOfHead: () => number;
  timeAt: (at: number) => number;
  numberOf: (from: number, length: number) => number;
  forget: (place: number) => void;
}

const PAGE_BYTES = 1 << 16;
const SHAPES_AT = 1 << 10;
const TEXTS_AT = 4 * PAGE_BYTES;
const TEXTS_MOST = 1 << 11;
const LONGEST_TEXT = 64;

/** Address of the input. */
export const INPUT_AT = TEXTS_AT + (1 << 14) + TEXTS_MOST * (LONGEST_TEXT + 16);

/** Bytes after the input that the walker may load, since it reads 16 at a time. */
const MARGIN = 64;

/** Memory larger than this is released after use. */
const KEPT_BYTES = 1 << 23;

export let walker: Walker;
export let bytes = Buffer.alloc(0);
export let words = new Int32Array(0);
let module: object | undefined;
/** Address of the first slot. */
export let slotsAt = 0;
let shapesEnd = SHAPES_AT;
let texts: string[] = [];

function open(): void {
  module ??= new WebAssembly.Module(wasm());
  walker = new WebAssembly.Instance(module).exports as Walker;
  const shapes = bytes.subarray(0, shapesEnd);
  walker.memory.grow(Math.ceil(INPUT_AT / PAGE_BYTES));
  view();
  bytes.set(shapes);
  forgetTexts();
}

function view(): void {
  bytes = Buffer.from(walker.memory.buffer);
  words = new Int32Array(walker.memory.buffer);
}

function forgetTexts(): void {
  walker.forget(TEXTS_AT);
  texts = [];
}

/** Makes room for this many bytes of input. Input that was read stays valid, results do not. */
export function makeRoom(inputBytes: number): void {
  if (module === undefined) open();
  slotsAt = (INPUT_AT + inputBytes + MARGIN + 15) & ~15;
  const missing = slotsAt + PAGE_BYTES - bytes.length;
  if (missing > 0) walker.memory.grow(Math.ceil(missing / PAGE_BYTES));
  renew();
}

/** Releases the memory of a large input. */
export function leaveRoom(): void {
  if (bytes.length > KEPT_BYTES) open();
}

/** Renews the views of the memory: growing it detaches the old ones. */
export function renew(): void {
  if (bytes.length === 0) view();
}

/** Takes memory for a shape; it is never released. */
export function takeWords(count: number): number {
  if (module === undefined) open();
  const at = shapesEnd;
  shapesEnd += (count * 4 + 15) & ~15;
  if (shapesEnd > TEXTS_AT) throw new RangeError('too many shapes');
  return at;
}

/** An ASCII text as a string. A short one that occurred before is not made again. */
export function asciiAt(at: number, length: number): string {
  if (length > LONGEST_TEXT) return bytes.toString('latin1', at, at + length);
  if (texts.length === TEXTS_MOST) forgetTexts();
  const number = walker.numberOf(at, length);
  return (texts[number] ??= bytes.toString('latin1', at, at + length));
}
