/**
 * Secrets out of texts and values, at every privacy tier. A secret becomes `[redacted:KIND]`: the same text each time,
 * whatever the secret was, so that nothing can be told from it. Redacting twice is redacting once.
 *
 * Nearly every text that comes here holds none. What a text costs then is a look at its length, at whether it is an id,
 * and one search for the hints of all patterns.
 */
import { redactWords } from './commands.js';
import { isCount, isNothing, marker } from './marker.js';
import { maySayMore, redactPlain } from './plain-text.js';
import { isPlainly } from './plainly.js';
import { secretKindOf } from './secret-names.js';

/** Texts that came before, and what became of them: names come again and again. Two ages, so that it stays small. */
const MOST_KNOWN = 4_096;
const LONGEST_KNOWN = 256;
let known = new Map<string, string>();
let knownBefore = new Map<string, string>();

/** The text without secrets. */
export function redactText(text: string): string {
  if (isPlainly(text)) return text;
  if (text.length > LONGEST_KNOWN) return redactAny(text);
  const before = known.get(text);
  if (before !== undefined) return before;
  const redacted = knownBefore.get(text) ?? redactAny(text);
  if (known.size >= MOST_KNOWN) {
    knownBefore = known;
    known = new Map();
  }
  known.set(text, redacted);
  return redacted;
}

function redactAny(text: string): string {
  if (!maySayMore(text)) return text;
  return redactJson(text) ?? redactPlain(text);
}

/** JSON text is redacted by its members' names too; undefined for any other text. */
function redactJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const redacted = redactValue(value);
    return redacted === value ? text : JSON.stringify(redacted);
  } catch {
    // No JSON, or nested deeper than the stack is: a text as any other.
    return undefined;
  }
}

/**
 * A value without secrets: texts, and lists and objects of them at any depth. What holds none is given back as it is.
 * Below the name of a secret every text is one, and every number that is no flag or count.
 */
export function redactValue(value: unknown): unknown {
  return redactWithin(value, { open: false });
}

/** Whether a private key has begun in a text before and has not ended yet: its lines may be texts of their own. */
interface Key {
  open: boolean;
}

function redactWithin(value: unknown, key: Key): unknown {
  if (typeof value === 'string') return redactLine(value, key);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return redactList(value, key);
  const named = nameWithinObject(value);
  const isKeyOfWeb = 'kty' in value;
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => {
    const kind =
      secretKindOf(name) ??
      (valueNames.has(name) ? named : undefined) ??
      (isKeyOfWeb && webKeyParts.has(name) ? 'private_key' : undefined);
    const safe = kind === undefined ? redactMember(member, key) : redactNamed(member, kind);
    const safeName = redactText(name);
    return { entry: [safeName, safe] as const, changed: safe !== member || safeName !== name };
  });
  return members.some(({ changed }) => changed)
    ? Object.fromEntries(members.map(({ entry }) => entry))
    : value;
}

const keyBegins = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/;
const keyEnds = /-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/;

/** A text that may be a line of a private key. */
function redactLine(text: string, key: Key): string {
  const isWithin = key.open;
  if (text.includes('PRIVATE KEY')) {
    const end = text.search(keyEnds);
    if (keyBegins.test(text)) key.open = end === -1;
    else if (end !== -1) key.open = false;
  }
  if (isWithin && text !== '') return isNothing(text) ? text : marker('private_key');
  return redactText(text);
}

/** A member: a key that began in one may go on in the next, but only as what looks like the letters of a key. */
function redactMember(member: unknown, key: Key): unknown {
  if (
    typeof member === 'string' &&
    key.open &&
    !/^[A-Za-z0-9+/=\s]{16,}$/.test(member) &&
    !member.includes('PRIVATE KEY')
  )
    return redactText(member);
  if (typeof member !== 'object' || member === null) return redactWithin(member, key);
  // What began in a list within ends there.
  const within = { open: key.open };
  return redactWithin(member, within);
}

function redactList(list: readonly unknown[], key: Key): unknown {
  const words = list.every((item) => typeof item === 'string') ? redactWords(list) : undefined;
  const items = list.map((item, index) => {
    const word = words?.[index] ?? item;
    return redactItem(word, list[index - 1], key);
  });
  return items.some((item, index) => item !== list[index]) ? items : list;
}

/** An item of a list. The arguments of a command and pairs of a header have the name in the item before. */
function redactItem(item: unknown, before: unknown, key: Key): unknown {
  const isName =
    typeof before === 'string' &&
    before.length <= 200 &&
    (typeof item === 'string' || typeof item === 'number');
  const name = isName ? before.replace(/^--?/, '') : '';
  const kind = name === '' || /\s/.test(name) ? undefined : secretKindOf(name);
  return kind === undefined ? redactWithin(item, key) : redactNamed(item, kind);
}

/** Members that hold the value of what another member names: `{"name": "DB_PASSWORD", "value": "x"}`. */
const valueNames = new Set(['value', 'Value', 'content', 'text', 'data', 'stringValue', 'default', 'val']);
const nameNames = ['name', 'key', 'Name', 'Key', 'field', 'id', 'header', 'label', 'variable', 'param'];

/** The private members of a JSON Web Key (RFC 7518, §6). */
const webKeyParts = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/** The kind of secret that an object names beside its value. */
function nameWithinObject(value: object): string | undefined {
  for (const name of nameNames) {
    const found: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (typeof found === 'string') return secretKindOf(found);
  }
  return undefined;
}

/** What stands below the name of a secret. */
function redactNamed(value: unknown, kind: string): unknown {
  if (typeof value === 'string') return isNothing(value) ? value : marker(kind);
  if (typeof value === 'number') return isCount(value, kind) ? value : marker(kind);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactNamed(item, kind));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      redactText(name),
      redactNamed(member, kind),
    ]),
  );
}
