/**
 * Walks over JSON texts in linear memory and notes where the values are that a shape names.
 *
 * It allocates nothing and throws nothing: a walk returns the address after what it walked over, or 0 if the text is
 * malformed. It searches 16 bytes at a time, so it may load up to 16 bytes after a text.
 *
 * A shape is a tree of nodes; the result is a tree of slots. ../shape.ts writes the nodes and reads the slots, in the
 * layout defined here.
 */
import { findByte, isSame } from './bytes';

// A node: which parts of a value are kept.
const NODE_MEMBERS: usize = 0; // table of an object's members by name length; 0 for none
const NODE_ITEMS: usize = 4; // node of a list's items; 0 for none
const NODE_LONGEST: usize = 8; // longest text to keep, bytes
const NODE_SLOTS: usize = 12; // slots of the value, including those of its members
const NODE_LINES: usize = 16; // 1 to keep the number of lines instead of the text

// A member of an object.
const MEMBER_NEXT: usize = 0; // next member with a name of the same length; 0 for none
const MEMBER_NODE: usize = 4;
const MEMBER_SLOT: usize = 8; // offset of its slot from the object's slot, bytes
const MEMBER_NAME: usize = 16; // the name, padded with zeros
const LONGEST_NAME: usize = 32;

// A slot: the kind of the value found, and up to two numbers about it.
const SLOT_BYTES: usize = 16;
const SLOT_FIRST: usize = 4;
const SLOT_SECOND: usize = 8;

const NULL: i32 = 1;
const FALSE: i32 = 2;
const TRUE: i32 = 3;
const COUNT: i32 = 4; // the number
const NUMBER: i32 = 5; // address and length of the number as written
const OBJECT: i32 = 6;
const LIST: i32 = 7; // address of the last item's slot, number of items
const TEXT: i32 = 8; // address and length of an ASCII text without escapes
const FOREIGN: i32 = 9; // the same, of a text that is not all ASCII
const ESCAPED: i32 = 10; // the same, of a text with escapes

const ZERO: u32 = 0x30;
const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;
const OPEN_OBJECT: u32 = 0x7b;
const CLOSE_OBJECT: u32 = 0x7d;
const OPEN_LIST: u32 = 0x5b;
const CLOSE_LIST: u32 = 0x5d;

/** End of the text that is being read. */
let end: usize = 0;

/** Address of the next free slot, and the end of the memory. */
let freeSlot: usize = 0;
let roomEnd: usize = 0;

/** End of the object that the last call of {@link pickHead} read; 0 if there was none. */
let headEnd: usize = 0;

export function endOfHead(): usize {
  return headEnd;
}

/**
 * Reads the object in a range into slots, as far as the node names its parts. Returns the address of the first slot, or
 * 0 if the range holds no object, or more than one.
 *
 * @param free where free memory begins; 0 to continue after the slots of the previous pick
 */
export function pick(from: usize, to: usize, node: usize, free: usize): usize {
  const slot = pickHead(from, to, node, free);
  return slot !== 0 && skipSpace(headEnd) === to ? slot : 0;
}

/** The same, but anything may follow the object in the range: {@link endOfHead} returns where it ends. */
export function pickHead(from: usize, to: usize, node: usize, free: usize): usize {
  end = to;
  headEnd = 0;
  roomEnd = (memory.size() as usize) << 16;
  if (free !== 0) freeSlot = free;
  const slot = takeSlots(load<i32>(node, NODE_SLOTS));
  if (slot === 0) return 0;
  const at = skipSpace(from);
  if (!isAt(at, OPEN_OBJECT)) return 0;
  store<i32>(slot, OBJECT);
  headEnd = readObject(at, node, slot);
  return headEnd !== 0 ? slot : 0;
}

/** Takes a number of empty slots; returns 0 if the memory is full. */
function takeSlots(count: i32): usize {
  const first = freeSlot;
  freeSlot = first + (count as usize) * SLOT_BYTES;
  if (freeSlot > roomEnd) {
    if (memory.grow((((freeSlot - roomEnd) >>> 16) as i32) + 16) < 0) return 0;
    roomEnd = (memory.size() as usize) << 16;
  }
  clearSlots(first, freeSlot);
  return first;
}

function clearSlots(from: usize, to: usize): void {
  for (let slot = from; slot < to; slot += SLOT_BYTES) v128.store(slot, i64x2.splat(0));
}

function readObject(opened: usize, node: usize, slot: usize): usize {
  let at = skipSpace(opened + 1);
  if (isAt(at, CLOSE_OBJECT)) return at + 1;
  const members: usize = load<u32>(node, NODE_MEMBERS);
  while (true) {
    if (!isAt(at, QUOTE)) return 0;
    const name = at + 1;
    const quote = closingQuote(name);
    if (quote === 0) return 0;
    at = quote + 1;
    if (!isAt(at, COLON)) {
      at = skipSpace(at);
      if (!isAt(at, COLON)) return 0;
    }
    at = skipSpace(at + 1);
    const member = memberOf(members, name, quote - name);
    at =
      member === 0
        ? skipValue(at)
        : readValue(at, load<u32>(member, MEMBER_NODE), slot + load<u32>(member, MEMBER_SLOT));
    if (at === 0) return 0;
    at = skipSpace(at);
    if (isAt(at, COMMA)) at = skipSpace(at + 1);
    else return isAt(at, CLOSE_OBJECT) ? at + 1 : 0;
  }
}

/** The member with that name, 0 if the shape does not name it. */
function memberOf(members: usize, name: usize, length: usize): usize {
  if (length > LONGEST_NAME) return 0;
  let member: usize = load<u32>(members + length * 4);
  while (member !== 0) {
    if (isSame(name, member + MEMBER_NAME, length)) return member;
    member = load<u32>(member, MEMBER_NEXT);
  }
  return 0;
}

function readValue(at: usize, node: usize, slot: usize): usize {
  const first: u32 = load<u8>(at);
  if (first === QUOTE)
    return load<i32>(node, NODE_LINES) === 0 ? readText(at, node, slot) : readLineCount(at, slot);
  if (first === OPEN_OBJECT) {
    if (load<u32>(node, NODE_MEMBERS) === 0) {
      store<i32>(slot, OBJECT);
      return skipNested(at);
    }
    // If a name occurs twice, the last one counts, as in JSON.parse.
    if (load<i32>(slot) !== 0) clearSlots(slot, slot + (load<u32>(node, NODE_SLOTS) as usize) * SLOT_BYTES);
    store<i32>(slot, OBJECT);
    return readObject(at, node, slot);
  }
  if (first === OPEN_LIST) {
    if (load<u32>(node, NODE_ITEMS) !== 0) return readList(at, load<u32>(node, NODE_ITEMS), slot);
    keep(slot, LIST, 0, 0);
    return skipNested(at);
  }
  return readScalar(at, slot);
}

function keep(slot: usize, kind: i32, first: usize, second: usize): void {
  store<i32>(slot, kind);
  store<u32>(slot, first as u32, SLOT_FIRST);
  store<u32>(slot, second as u32, SLOT_SECOND);
}

/** Items may contain lists themselves, so each item stores the address of the one before it. */
function readList(opened: usize, items: usize, slot: usize): usize {
  let last: usize = 0;
  let count: usize = 0;
  let at = skipSpace(opened + 1);
  if (isAt(at, CLOSE_LIST)) {
    keep(slot, LIST, 0, 0);
    return at + 1;
  }
  while (true) {
    const item = takeSlots(load<i32>(items, NODE_SLOTS) + 1);
    if (item === 0) return 0;
    store<u32>(item, last as u32);
    last = item;
    count += 1;
    at = readValue(at, items, item + SLOT_BYTES);
    if (at === 0) return 0;
    at = skipSpace(at);
    if (isAt(at, COMMA)) at = skipSpace(at + 1);
    else {
      keep(slot, LIST, last, count);
      return isAt(at, CLOSE_LIST) ? at + 1 : 0;
    }
  }
}

/** Reads a number, or `true`, `false` or `null`. */
function readScalar(from: usize, slot: usize): usize {
  const to = skipScalar(from);
  if (to === 0) return 0;
  const length = to - from;
  const first: u32 = load<u8>(from);
  if (length <= 9 && (first !== ZERO || length === 1)) {
    let count: u32 = 0;
    let here = from;
    for (; here < to; here += 1) {
      const digit = (load<u8>(here) as u32) - ZERO;
      if (digit > 9) break;
      count = count * 10 + digit;
    }
    if (here === to) {
      keep(slot, COUNT, count, 0);
      return to;
    }
  }
  if (length === 4 && load<u32>(from) === 0x6c6c756e) store<i32>(slot, NULL);
  else if (length === 4 && load<u32>(from) === 0x65757274) store<i32>(slot, TRUE);
  else if (length === 5 && first === 0x66 && load<u32>(from + 1) === 0x65736c61) store<i32>(slot, FALSE);
  else {
    if (!isNumber(from, to)) return 0;
    keep(slot, NUMBER, from, length);
  }
  return to;
}

/** Whether the range is a valid JSON number. */
function isNumber(from: usize, to: usize): bool {
  let at = from;
  if (load<u8>(at) === 0x2d) at += 1;
  const whole = at;
  at = skipDigits(at, to);
  if (at === whole || (load<u8>(whole) === ZERO && at - whole > 1)) return false;
  if (at < to && load<u8>(at) === 0x2e) {
    const part = at + 1;
    at = skipDigits(part, to);
    if (at === part) return false;
  }
  if (at < to && (load<u8>(at) | 0x20) === 0x65) {
    at += 1;
    if (at < to && (load<u8>(at) === 0x2b || load<u8>(at) === 0x2d)) at += 1;
    const power = at;
    at = skipDigits(power, to);
    if (at === power) return false;
  }
  return at === to;
}

function skipDigits(from: usize, to: usize): usize {
  let at = from;
  while (at < to && (load<u8>(at) as u32) - ZERO <= 9) at += 1;
  return at;
}

function readText(opened: usize, node: usize, slot: usize): usize {
  const from = opened + 1;
  const quote = closingQuote(from);
  if (quote === 0) return 0;
  const longest: usize = load<u32>(node, NODE_LONGEST);
  const to = quote - from <= longest ? quote : cut(from, from + longest);
  const kind = kindOf(from, to);
  if (kind === ESCAPED && !isEscapedWell(from, to)) return 0;
  keep(slot, kind, from, to - from);
  return quote + 1;
}

/** Where to end a text that was cut at any byte, so that no escape or character is split. */
function cut(from: usize, to: usize): usize {
  let whole = to;
  while (whole > from && load<u8>(whole - 1) >= 0x80) whole -= 1;
  let slash = whole - 1;
  while (slash > from && whole - slash < 4 && isHex(load<u8>(slash))) slash -= 1;
  if (slash > from && load<u8>(slash) === 0x75 && load<u8>(slash - 1) === BACKSLASH) slash -= 1;
  else slash = whole - 1;
  if (slash < from || load<u8>(slash) !== BACKSLASH) return whole;
  // With an even number of backslashes, all escapes are complete.
  let first = slash;
  while (first > from && load<u8>(first - 1) === BACKSLASH) first -= 1;
  return (slash - first) % 2 === 0 ? slash : whole;
}

function isHex(char: u32): bool {
  return char - ZERO <= 9 || (char | 0x20) - 0x61 <= 5;
}

function kindOf(from: usize, to: usize): i32 {
  const slashes = i8x16.splat(BACKSLASH as i8);
  let isForeign = 0;
  for (let here = from; here < to; here += 16) {
    const block = v128.load(here);
    const rest = to - here;
    const inside = rest >= 16 ? 0xffff : (1 << (rest as i32)) - 1;
    if ((i8x16.bitmask(i8x16.eq(block, slashes)) & inside) !== 0) return ESCAPED;
    isForeign |= i8x16.bitmask(block) & inside;
  }
  return isForeign === 0 ? TEXT : FOREIGN;
}

/** Whether JSON.parse would accept the escapes of the text. */
function isEscapedWell(from: usize, to: usize): bool {
  for (let here = from; here < to; here += 1) {
    const char: u32 = load<u8>(here);
    if (char < 0x20) return false;
    if (char !== BACKSLASH) continue;
    here += 1;
    if (here >= to) return false;
    switch (load<u8>(here)) {
      case 0x22: // "
      case 0x5c: // \
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        break;
      case 0x75: // u
        if (here + 4 >= to) return false;
        for (let digit = 0; digit < 4; digit += 1) {
          here += 1;
          if (!isHex(load<u8>(here))) return false;
        }
        break;
      default:
        return false;
    }
  }
  return true;
}

/** Counts the lines of a text by its escapes. */
function readLineCount(opened: usize, slot: usize): usize {
  const from = opened + 1;
  const to = closingQuote(from);
  if (to === 0) return 0;
  let breaks: u32 = 0;
  let lineFrom = from;
  for (let here = findByte(BACKSLASH, from, to); here !== 0; here = findByte(BACKSLASH, here + 2, to)) {
    const length = lineBreakLength(here);
    if (length === 0) continue;
    breaks += 1;
    lineFrom = here + length;
  }
  keep(slot, COUNT, lineFrom < to ? breaks + 1 : breaks, 0);
  return to + 1;
}

/** Length of the escape at this address if it is a line break, else 0. */
function lineBreakLength(slash: usize): usize {
  const kind = load<u8>(slash + 1);
  if (kind === 0x6e) return 2;
  // \u000a or \u000A
  return kind === 0x75 && (load<u32>(slash + 2) | 0x20000000) === 0x61303030 ? 6 : 0;
}

function skipValue(at: usize): usize {
  const first: u32 = load<u8>(at);
  if (first === QUOTE) {
    const quote = closingQuote(at + 1);
    return quote === 0 ? 0 : quote + 1;
  }
  return first === OPEN_OBJECT || first === OPEN_LIST ? skipNested(at) : skipScalar(at);
}

/** Address of the quote that ends the string whose content begins here. */
function closingQuote(from: usize): usize {
  const quotes = i8x16.splat(QUOTE as i8);
  for (let here = from; here < end; here += 16) {
    let found = i8x16.bitmask(i8x16.eq(v128.load(here), quotes));
    while (found !== 0) {
      const quote = here + ctz(found);
      if (quote >= end) return 0;
      let before = quote - 1;
      while (load<u8>(before) === BACKSLASH) before -= 1;
      // An odd number of backslashes makes the quote part of the text.
      if (((quote - before) & 1) !== 0) return quote;
      found &= found - 1;
    }
  }
  return 0;
}

/** Skips an object or a list of any depth. */
function skipNested(from: usize): usize {
  let depth = 0;
  for (let here = from; here < end; here += 1) {
    const char: u32 = load<u8>(here);
    if (char === QUOTE) {
      here = closingQuote(here + 1);
      if (here === 0) return 0;
      // The byte after a string shows whether two half lines were glued together.
      const next: u32 = load<u8>(here + 1);
      if (next > COLON && next !== CLOSE_OBJECT && next !== CLOSE_LIST) return 0;
    } else if ((char | 0x20) === OPEN_OBJECT) depth += 1;
    else if ((char | 0x20) === CLOSE_OBJECT) {
      depth -= 1;
      if (depth === 0) return here + 1;
    }
  }
  return 0;
}

/** Skips a number or a word. */
function skipScalar(from: usize): usize {
  let at = from;
  for (; at < end; at += 1) {
    const char: u32 = load<u8>(at);
    if (char === COMMA || char === CLOSE_OBJECT || char === CLOSE_LIST || char <= 0x20) break;
    if (char === QUOTE || char === COLON) return 0;
  }
  return at === from ? 0 : at;
}

function skipSpace(from: usize): usize {
  let at = from;
  while (at < end && load<u8>(at) <= 0x20) at += 1;
  return at;
}

function isAt(at: usize, char: u32): bool {
  return at < end && load<u8>(at) === char;
}
