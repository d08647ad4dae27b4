/**
 * Which values of a JSON text are picked, how the walker is told, and how what it found is read.
 *
 * What was found is read through views: objects with a getter for each member that the shape names. A value is made
 * when it is asked for. Views are used again: they hold until the next text is picked.
 */
import { asciiAt, bytes, takeWords, walker, words } from './memory.js';

/** Which parts of a value are kept. Scalars always are; an object or list without a shape is kept empty. */
export interface Shape {
  /** Members of an object that are kept. */
  readonly keys?: Readonly<Record<string, Shape>>;
  /** Shape of a list's items. */
  readonly items?: Shape;
  /** Longest text that is kept, in bytes as written; a longer one is cut. */
  readonly text?: number;
  /** Keep of a text the number of its lines alone; a last one counts with or without its line break. */
  readonly lines?: boolean;
  /** Keep of a text the time that it tells, milliseconds since 1970, and null of all that tells none. */
  readonly time?: boolean;
}

/** A shape made ready. */
export interface CompiledShape {
  /** Place of its node in the walker's memory. */
  readonly node: number;
  /** Slots that a value takes, those of its members included. */
  readonly slots: number;
  readonly isTime: boolean;
  readonly items: CompiledShape | undefined;
  /** A new view of an object with these members. */
  readonly view: () => View;
  /** Views of the items of a list, by their index. */
  readonly itemViews: View[];
}

// The layout of nodes, members and slots is told in assembly/walk.ts; here it is in words of 4 bytes.
const NODE_WORDS = 5;
const MEMBER_WORDS = 12;
const LONGEST_NAME = 32;
const SLOT_WORDS = 4;
const ABSENT = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const COUNT = 4;
const NUMBER = 5;
const OBJECT = 6;
const LIST = 7;
const TEXT = 8;
const ESCAPED = 10;

/** An object that was found. Its members are getters of a class of its own for each shape. */
export class View {
  #slot = 0;
  readonly #parts: View[] = [];

  /** Shows by a view the object whose first slot is that one. No method: a member may have any name. */
  static show(view: View, slot: number): View {
    view.#slot = slot;
    return view;
  }

  /** Adds a member to the views of a class, `distance` words behind the object's first slot. */
  static define(views: typeof View, name: string, distance: number, shape: CompiledShape): void {
    const get = shape.isTime
      ? function (this: View) {
          return readTime(this.#slot + distance);
        }
      : function (this: View) {
          const slot = this.#slot + distance;
          return words[slot] === OBJECT
            ? View.show((this.#parts[distance] ??= shape.view()), slot)
            : readValue(slot, shape);
        };
    Object.defineProperty(views.prototype, name, { get });
  }
}

/** Makes a shape ready; its place in memory is never given back, so this is done once for each shape. */
export function compileShape(shape: Shape): CompiledShape {
  const members = Object.entries(shape.keys ?? {});
  const items = shape.items === undefined ? undefined : compileShape(shape.items);
  const node = takeWords(NODE_WORDS);
  const table = members.length === 0 ? 0 : takeWords(LONGEST_NAME + 1);
  class Members extends View {}
  let slots = 1;
  for (const [name, of] of members) {
    const compiled = compileShape(of);
    const member = takeWords(MEMBER_WORDS);
    const length = bytes.write(name, member + 16);
    if (length > LONGEST_NAME) throw new RangeError(`"${name}" is too long for a member's name`);
    const first = table / 4 + length;
    words.set([words[first] ?? 0, compiled.node, slots * SLOT_WORDS * 4], member / 4);
    words[first] = member;
    View.define(Members, name, slots * SLOT_WORDS, compiled);
    slots += compiled.slots;
  }
  const longest = shape.text ?? 0x7fff_ffff;
  words.set([table, items?.node ?? 0, longest, slots, Number(shape.lines === true)], node / 4);
  const view = () => new Members();
  return { node, slots, isTime: shape.time === true, items, view, itemViews: [] };
}

/** A value other than an object, or nothing. */
function readValue(slot: number, { items }: CompiledShape): unknown {
  const kind = words[slot] ?? ABSENT;
  if (kind >= TEXT) return readText(slot);
  switch (kind) {
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case COUNT:
      return words[slot + 1];
    case NUMBER:
      return JSON.parse(asciiAt(words[slot + 1] ?? 0, words[slot + 2] ?? 0));
    case LIST:
      return items === undefined ? [] : readList(slot, items);
    default:
      return undefined;
  }
}

function readText(slot: number): string {
  const kind = words[slot];
  const at = words[slot + 1] ?? 0;
  const length = words[slot + 2] ?? 0;
  if (kind === TEXT) return asciiAt(at, length);
  const text = bytes.toString('utf8', at, at + length);
  return kind === ESCAPED ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Each item's first slot is the second of two, and the first tells where the item before it stands. */
function readList(list: number, items: CompiledShape): unknown[] {
  const count = words[list + 2] ?? 0;
  const found = new Array<unknown>(count);
  let place = words[list + 1] ?? 0;
  for (let index = count - 1; index >= 0; index -= 1) {
    const slot = place / 4 + SLOT_WORDS;
    if (words[slot] === OBJECT) found[index] = View.show((items.itemViews[index] ??= items.view()), slot);
    else found[index] = items.isTime ? readTime(slot) : readValue(slot, items);
    place = words[place / 4] ?? 0;
  }
  return found;
}

/** Length of a time as transcripts write it, `2026-10-01T08:00:00.123Z`. */
const TIME_LENGTH = 24;

function readTime(slot: number): number | null | undefined {
  const kind = words[slot] ?? ABSENT;
  if (kind < TEXT) return kind === ABSENT ? undefined : null;
  if (kind === TEXT && words[slot + 2] === TIME_LENGTH) {
    const ms = walker.timeAt(words[slot + 1] ?? 0);
    if (!Number.isNaN(ms)) return ms;
  }
  const ms = Date.parse(readText(slot));
  return Number.isNaN(ms) ? null : ms;
}
