/**
 * The walker with its linear memory, one a thread: shapes, the texts that came before, the bytes that are read, and
 * behind them the slots of what was found.
 */
import { wasm } from './wasm.js';

/** Node's own types leave it out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** What assembly/index.ts exports. Places are bytes from the memory's begin. */
interface Walker {
  memory: { buffer: ArrayBuffer; grow: (pages: number) => void };
  findBreak: (from: number, to: number) => number;
  pick: (from: number, to: number, node: number, free: number) => number;
  timeAt: (at: number) => number;
  numberOf: (from: number, length: number) => number;
  forget: (place: number) => void;
}

const PAGE_BYTES = 1 << 16;
const SHAPES_AT = 1 << 10;
const TEXTS_AT = PAGE_BYTES;
const TEXTS_MOST = 1 << 11;
const LONGEST_TEXT = 64;

/** Where the bytes begin that are read. */
export const INPUT_AT = TEXTS_AT + (1 << 14) + TEXTS_MOST * (LONGEST_TEXT + 16);

/** Bytes behind the input that the walker may load: it takes 16 at a time. */
const MARGIN = 64;

/** With more than this the memory is not kept when its input was taken in. */
const KEPT_BYTES = 1 << 23;

export let walker: Walker;
export let bytes = Buffer.alloc(0);
export let words = new Int32Array(0);
let module: object | undefined;
/** Where the slots begin. */
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

/** Makes room for so many bytes of input. What was read stays, what was found in it is gone. */
export function makeRoom(inputBytes: number): void {
  if (module === undefined) open();
  slotsAt = (INPUT_AT + inputBytes + MARGIN + 15) & ~15;
  const missing = slotsAt + PAGE_BYTES - bytes.length;
  if (missing > 0) walker.memory.grow(Math.ceil(missing / PAGE_BYTES));
  renew();
}

/** Gives the room of a large input back. */
export function leaveRoom(): void {
  if (bytes.length > KEPT_BYTES) open();
}

/** The memory may have grown, which takes the old views of it away. */
export function renew(): void {
  if (bytes.length === 0) view();
}

/** Memory that stays taken, for a shape. */
export function takeWords(count: number): number {
  if (module === undefined) open();
  const at = shapesEnd;
  shapesEnd += (count * 4 + 15) & ~15;
  if (shapesEnd > TEXTS_AT) throw new RangeError('too many shapes');
  return at;
}

/** ASCII as a string. A short one that came before is not made again. */
export function asciiAt(at: number, length: number): string {
  if (length > LONGEST_TEXT) return bytes.toString('latin1', at, at + length);
  if (texts.length === TEXTS_MOST) forgetTexts();
  const number = walker.numberOf(at, length);
  return (texts[number] ??= bytes.toString('latin1', at, at + length));
}
