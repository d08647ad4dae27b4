/**
 * Picks a few values out of a JSON text without parsing the rest of it.
 *
 * A transcript's line is mostly what nobody counts (file contents, twice): what the shape does not name is
 * walked over, never turned into objects. The text may be UTF-8 read as Latin-1, which costs nothing to make:
 * what is picked is decoded. The result is what `JSON.parse` gives, less what the shape leaves out.
 *
 * What is walked over is checked for its structure alone: a torn line is found, a bad escape in it is not.
 */
import type { Json } from './json.js';

/** Which parts of a value are kept. Scalars always are; an object or list without a shape is kept empty. */
export interface Shape {
  /** Members of an object that are kept. */
  keys?: Readonly<Record<string, Shape>>;
  /** Shape of a list's items. */
  items?: Shape;
  /** Keep an object or list whole. */
  whole?: boolean;
  /** Longest text that is kept, in characters as written; a longer one is cut. */
  text?: number;
  /** Keep of a text the number of its lines alone; a last one counts with or without its line break. */
  lines?: boolean;
}

/** A shape made ready: members by the length of their name, so that most names are never looked at. */
export interface CompiledShape {
  byLength: (readonly { name: string; shape: CompiledShape }[] | undefined)[] | undefined;
  items: CompiledShape | undefined;
  whole: boolean;
  text: number;
  lines: boolean;
}

export function compileShape(shape: Shape): CompiledShape {
  let byLength: CompiledShape['byLength'];
  for (const [name, member] of Object.entries(shape.keys ?? {})) {
    byLength ??= [];
    byLength[name.length] = [...(byLength[name.length] ?? []), { name, shape: compileShape(member) }];
  }
  return {
    byLength,
    items: shape.items === undefined ? undefined : compileShape(shape.items),
    whole: shape.whole === true,
    text: shape.text ?? Infinity,
    lines: shape.lines === true,
  };
}

class Malformed extends Error {}

/** Thrown again and again: a stack trace for each torn line would cost more than the line. */
const malformed = new Malformed('not JSON');

const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

// The text that is being read. One at a time: everything here is synchronous.
let source = '';
let at = 0;
let end = 0;

/**
 * Picks out of the object that stands between two places of a text; undefined if none does.
 *
 * @param text UTF-8 that was decoded as Latin-1, or ASCII
 */
export function pickObject(text: string, from: number, to: number, shape: CompiledShape): Json | undefined {
  source = text;
  at = from;
  end = to;
  try {
    skipSpace();
    if (text.charCodeAt(at) !== OPEN_OBJECT) return undefined;
    const picked = readObject(shape);
    skipSpace();
    return at === end ? picked : undefined;
  } catch (error) {
    if (error === malformed || error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    source = '';
  }
}

function readObject(shape: CompiledShape): Json {
  const picked: Json = {};
  at += 1;
  skipSpace();
  if (take(CLOSE_OBJECT)) return picked;
  for (;;) {
    expect(QUOTE);
    const nameFrom = at;
    skipString();
    const member = memberOf(shape, nameFrom, at - 1 - nameFrom);
    skipSpace();
    expect(COLON);
    skipSpace();
    if (member === undefined) skipValue();
    else picked[member.name] = readValue(member.shape);
    skipSpace();
    if (take(COMMA)) skipSpace();
    else {
      expect(CLOSE_OBJECT);
      return picked;
    }
  }
}

function memberOf(shape: CompiledShape, from: number, length: number) {
  const candidates = shape.byLength?.[length];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (source.startsWith(candidate.name, from)) return candidate;
  return undefined;
}

function readValue(shape: CompiledShape): unknown {
  switch (source.charCodeAt(at)) {
    case QUOTE:
      return shape.lines ? readLineCount() : readString(shape.text);
    case OPEN_OBJECT:
      if (shape.whole) return readWhole();
      if (shape.byLength !== undefined) return readObject(shape);
      skipNested();
      return {};
    case OPEN_LIST:
      if (shape.whole) return readWhole();
      if (shape.items !== undefined) return readList(shape.items);
      skipNested();
      return [];
    default:
      return readScalar();
  }
}

function readList(items: CompiledShape): unknown[] {
  const picked: unknown[] = [];
  at += 1;
  skipSpace();
  if (take(CLOSE_LIST)) return picked;
  for (;;) {
    picked.push(readValue(items));
    skipSpace();
    if (take(COMMA)) skipSpace();
    else {
      expect(CLOSE_LIST);
      return picked;
    }
  }
}

/** A number or a word. Counts, nearly all there are, are read by hand. */
function readScalar(): unknown {
  const from = at;
  skipScalar();
  if (at - from <= 9 && (source.charCodeAt(from) !== ZERO || at - from === 1)) {
    let count = 0;
    for (let here = from; here < at; here += 1) {
      const digit = source.charCodeAt(here) - ZERO;
      if (digit < 0 || digit > 9) return JSON.parse(source.slice(from, at)) as unknown;
      count = count * 10 + digit;
    }
    return count;
  }
  return JSON.parse(source.slice(from, at)) as unknown;
}

function readWhole(): unknown {
  const from = at;
  skipNested();
  return JSON.parse(decode(source.slice(from, at))) as unknown;
}

function readString(longest: number): string {
  at += 1;
  const from = at;
  skipString();
  const to = at - 1;
  return to - from <= longest
    ? unescape(source.slice(from, to))
    : unescape(cut(source.slice(from, from + longest)));
}

/** Counts the lines of a text by its escapes, without making the text. */
function readLineCount(): number {
  const text = source;
  const from = at + 1;
  skipValue();
  const to = at - 1;
  let breaks = 0;
  let lineFrom = from;
  for (let here = text.indexOf('\\', from); here >= 0 && here < to; here = text.indexOf('\\', here + 2)) {
    const length = lineBreakLength(text, here);
    if (length === 0) continue;
    breaks += 1;
    lineFrom = here + length;
  }
  return lineFrom < to ? breaks + 1 : breaks;
}

/** Length of the escape that begins there if it stands for a line break, else 0. */
function lineBreakLength(text: string, slash: number): number {
  const kind = text.charAt(slash + 1);
  if (kind === 'n') return 2;
  return kind === 'u' && text.slice(slash + 2, slash + 6).toLowerCase() === '000a' ? 6 : 0;
}

/** A text that was cut anywhere, without the half of an escape or of a character at its end. */
function cut(text: string): string {
  let whole = text.length;
  while (whole > 0 && text.charCodeAt(whole - 1) >= 0x80) whole -= 1;
  const tail = /\\(?:u[0-9a-fA-F]{0,3})?$/.exec(text.slice(0, whole));
  if (tail === null) return text.slice(0, whole);
  // An even run of backslashes is a row of whole escapes.
  const slash = tail.index;
  let first = slash;
  while (first > 0 && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (slash - first) % 2 === 0 ? text.slice(0, slash) : text.slice(0, whole);
}

/** What is neither an escape nor anything but ASCII stands for itself. */
// eslint-disable-next-line no-control-regex -- everything that is not ASCII
const special = /[^\u0000-\u005b\u005d-\u007f]/;

function unescape(raw: string): string {
  if (!special.test(raw)) return raw;
  const text = decode(raw);
  return raw.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

// eslint-disable-next-line no-control-regex -- everything that is not ASCII
const foreign = /[^\u0000-\u007f]/;

/** UTF-8 that was read as Latin-1, as the text that it is. */
function decode(text: string): string {
  return foreign.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
}

function skipValue(): void {
  const first = source.charCodeAt(at);
  if (first === QUOTE) {
    at += 1;
    skipString();
  } else if (first === OPEN_OBJECT || first === OPEN_LIST) skipNested();
  else skipScalar();
}

/** From behind a string's opening quote to behind its closing one. */
function skipString(): void {
  at = closingQuote(at) + 1;
}

/** Place of the quote that ends the string whose content begins there. */
function closingQuote(from: number): number {
  const text = source;
  for (let quote = text.indexOf('"', from); quote >= 0 && quote < end; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    // An odd number of backslashes makes the quote part of the text.
    if ((quote - before) % 2 === 1) return quote;
  }
  throw malformed;
}

/** Over an object or a list, however deep. */
function skipNested(): void {
  const text = source;
  const stop = end;
  let depth = 0;
  for (let here = at; here < stop; here += 1) {
    const char = text.charCodeAt(here);
    if (char === QUOTE) {
      here = closingQuote(here + 1);
      // What follows a string tells a whole line from two halves that were glued together.
      const next = text.charCodeAt(here + 1);
      if (next > COLON && next !== CLOSE_OBJECT && next !== CLOSE_LIST) throw malformed;
    } else if (char === OPEN_OBJECT || char === OPEN_LIST) depth += 1;
    else if (char === CLOSE_OBJECT || char === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) {
        at = here + 1;
        return;
      }
    }
  }
  throw malformed;
}

/** Over a number or a word. */
function skipScalar(): void {
  const from = at;
  for (; at < end; at += 1) {
    const char = source.charCodeAt(at);
    if (char === COMMA || char === CLOSE_OBJECT || char === CLOSE_LIST || char <= 0x20) break;
    if (char === QUOTE || char === COLON) throw malformed;
  }
  if (at === from) throw malformed;
}

function skipSpace(): void {
  while (at < end && source.charCodeAt(at) <= 0x20) at += 1;
}

function take(char: number): boolean {
  if (at >= end || source.charCodeAt(at) !== char) return false;
  at += 1;
  return true;
}

function expect(char: number): void {
  if (!take(char)) throw malformed;
}
