/**
 * Defines which values of a JSON text are picked, compiles that for the walker, and reads the walker's result.
 *
 * A result is read through views: objects with a getter per member of the shape. A value is made when its getter is
 * called. Views are reused: one is valid until the next text is picked.
 */
import { readLooseTime } from '../time/loose-time.js';
import { asciiAt, bytes, takeWords, walker, words } from './memory.js';

/** Which parts of a value are kept. Scalars always are; an object or list without a shape is kept as an empty one. */
export interface Shape {
  /** Members of an object that are kept. */
  readonly keys?: Readonly<Record<string, Shape>>;
  /** Shape of a list's items. */
  readonly items?: Shape;
  /** Longest text to keep, in bytes as written; a longer one is cut. */
  readonly text?: number;
  /** Keep only the number of lines of a text; the last line counts with or without a line break. */
  readonly lines?: boolean;
  /** Read the text or number as a time (epoch ms); null if it is not one. */
  readonly time?: boolean;
}

/** A compiled shape. */
export interface CompiledShape {
  /** Address of its node in the walker's memory. */
  readonly node: number;
  /** Number of slots of a value, including those of its members. */
  readonly slots: number;
  readonly isTime: boolean;
  readonly items: CompiledShape | undefined;
  /** Makes a view of an object with these members. */
  readonly view: () => View;
}

/** The views of the items of one list, by index. Two lists never share a view: both can be read at the same time. */
interface ItemViews {
  views: View[];
  /** Of the items that are lists themselves. */
  lists: ItemViews[];
}

const newItemViews = (): ItemViews => ({ views: [], lists: [] });

// The layout of nodes, members and slots is defined in assembly/walk.ts; here it is in words of 4 bytes.
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

/** A view of an object in a result. Each shape has a subclass with the getters of its members. */
export class View {
  /** The getters of a subclass. */
  readonly [member: string]: unknown;

  #slot = 0;
  readonly #parts: View[] = [];
  readonly #lists: ItemViews[] = [];

  /** Points a view at the object with this first slot. It is static because a member of the JSON may have any name. */
  static show(view: View, slot: number): View {
    view.#slot = slot;
    return view;
  }

  /** Adds a getter to a class of views, for the member `distance` words after the object's first slot. */
  static define(views: typeof View, name: string, distance: number, shape: CompiledShape): void {
    const get = shape.isTime
      ? function (this: View) {
          return readTime(this.#slot + distance);
        }
      : function (this: View) {
          const slot = this.#slot + distance;
          if (words[slot] === OBJECT) return View.show((this.#parts[distance] ??= shape.view()), slot);
          if (words[slot] === LIST && shape.items !== undefined)
            return readList(slot, shape.items, (this.#lists[distance] ??= newItemViews()));
          return readScalar(slot);
        };
    Object.defineProperty(views.prototype, name, { get });
  }
}

/** Compiles a shape. Its memory is never released, so do this once per shape. */
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
  return { node, slots, isTime: shape.time === true, items, view };
}

/** The value in a slot, if it has no parts that are kept; undefined if it is absent. */
function readScalar(slot: number): unknown {
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
      return [];
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

/** Each item has two slots: the first holds the address of the previous item, the second begins its value. */
function readList(list: number, items: CompiledShape, own: ItemViews): unknown[] {
  const count = words[list + 2] ?? 0;
  const found = new Array<unknown>(count);
  let place = words[list + 1] ?? 0;
  for (let index = count - 1; index >= 0; index -= 1) {
    const slot = place / 4 + SLOT_WORDS;
    if (words[slot] === OBJECT) found[index] = View.show((own.views[index] ??= items.view()), slot);
    else if (words[slot] === LIST && items.items !== undefined)
      found[index] = readList(slot, items.items, (own.lists[index] ??= newItemViews()));
    else found[index] = items.isTime ? readTime(slot) : readScalar(slot);
    place = words[place / 4] ?? 0;
  }
  return found;
}

/** Length of a time in the format of transcripts, `2026-10-01T08:00:00.123Z`. */
const TIME_LENGTH = 24;

function readTime(slot: number): number | null | undefined {
  const kind = words[slot] ?? ABSENT;
  if (kind === ABSENT) return undefined;
  if (kind === TEXT && words[slot + 2] === TIME_LENGTH) {
    const ms = walker.timeAt(words[slot + 1] ?? 0);
    if (!Number.isNaN(ms)) return ms;
  }
  return readLooseTime(readScalar(slot));
}
