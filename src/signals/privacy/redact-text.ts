/**
 * Redacts secrets in texts and values, at every privacy tier. A secret becomes `[redacted:KIND]`, the same text for
 * every secret of a kind, so that nothing can be learned from it. Redacting twice gives the same result.
 *
 * Nearly every text contains no secret. Such a text costs only a check of its length, of whether it is an id, and a
 * search for the hints of all patterns.
 */
import { redactWords } from './commands.js';
import { isSecretManifest } from './kubernetes.js';
import { isCount, isNothing, marker } from './marker.js';
import { maySayMore, redactPlain } from './plain-text.js';
import { isPlainly } from './plainly.js';
import { secretKindOf } from './secret-names.js';

/**
 * A cache of recent texts and their results, because names occur again and again. It has two generations, so that it
 * stays small.
 */
const MOST_KNOWN = 4_096;
const LONGEST_KNOWN = 256;
let known = new Map<string, string>();
let knownBefore = new Map<string, string>();

/** The last text without a secret: the key of a request mostly is its id, too. */
let lastPlain = '';

/** Redacts the secrets in a text. */
export function redactText(text: string): string {
  if (text === lastPlain) return text;
  if (isPlainly(text)) return (lastPlain = text);
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
  try {
    if (!maySayMore(text)) return text;
    return redactJson(text) ?? redactPlain(text);
  } catch (error) {
    // The search needs stack for an endless word, as in an image as text.
    if (error instanceof RangeError) return `[${text.length} characters]`;
    throw error;
  }
}

/** Redacts JSON, also by the names of members; undefined for any other text. */
function redactJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const redacted = redactValue(value);
    return redacted === value ? text : JSON.stringify(redacted);
  } catch {
    // Not JSON: treated as plain text.
    return undefined;
  }
}

/**
 * Redacts the secrets in a value: texts, and lists and objects of them. What is nested too deeply becomes a remark. A
 * value without secrets is returned as is. Under the name of a secret, every text is redacted, and every number that is not a flag or a count.
 */
export function redactValue(value: unknown): unknown {
  return redactWithin(value, { open: false }, 0);
}

/** Values are searched recursively: deeper ones would overflow the stack. */
const DEEPEST = 400;
const tooDeep = '[nested too deeply]';

/** Whether a private key has begun in an earlier text and has not ended: its lines may be separate texts. */
interface Key {
  open: boolean;
}

/** @param depth number of lists and objects around the value */
function redactWithin(value: unknown, key: Key, depth: number): unknown {
  if (typeof value === 'string') return redactLine(value, key);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return tooDeep;
  if (Array.isArray(value)) return redactItems(value, key, depth + 1);
  const named = nameWithinObject(value);
  const isKeyOfWeb = 'kty' in value;
  const isManifest = isSecretManifest(value);
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => {
    const kind =
      secretKindOf(name) ??
      (valueNames.has(name) ? named : undefined) ??
      (isKeyOfWeb && webKeyParts.has(name) ? 'private_key' : undefined) ??
      (isManifest && (name === 'data' || name === 'stringData') ? 'secret' : undefined);
    const safe =
      kind === undefined ? redactMember(member, key, depth + 1) : redactNamed(member, kind, depth + 1);
    const safeName = redactText(name);
    return { entry: [safeName, safe] as const, changed: safe !== member || safeName !== name };
  });
  return members.some(({ changed }) => changed)
    ? Object.fromEntries(members.map(({ entry }) => entry))
    : value;
}

const keyBegins = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/;
const keyEnds = /-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/;

/** Redacts a text that may be a line of a private key. */
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

/**
 * Redacts a member. A key that began in one member may continue in the next, but only in what looks like the letters of
 * a key.
 */
function redactMember(member: unknown, key: Key, depth: number): unknown {
  if (
    typeof member === 'string' &&
    key.open &&
    !/^[A-Za-z0-9+/=\s]{16,}$/.test(member) &&
    !member.includes('PRIVATE KEY')
  )
    return redactText(member);
  if (typeof member !== 'object' || member === null) return redactWithin(member, key, depth);
  // A key that begins within a nested list ends there.
  const within = { open: key.open };
  return redactWithin(member, within, depth);
}

/** Redacts the secrets in a list, as {@link redactValue} does. */
export function redactList(list: readonly unknown[]): readonly unknown[] {
  return redactItems(list, { open: false }, 1);
}

function redactItems(list: readonly unknown[], key: Key, depth: number): readonly unknown[] {
  const words = list.every((item) => typeof item === 'string') ? redactWords(list) : undefined;
  const items = list.map((item, index) => {
    const word = words?.[index] ?? item;
    return redactItem(word, list[index - 1], key, depth);
  });
  return items.some((item, index) => item !== list[index]) ? items : list;
}

/** Redacts an item of a list. For the arguments of a command and pairs of a header, the name is the previous item. */
function redactItem(item: unknown, before: unknown, key: Key, depth: number): unknown {
  const isName =
    typeof before === 'string' &&
    before.length <= 200 &&
    (typeof item === 'string' || typeof item === 'number');
  const name = isName ? before.replace(/^--?/, '') : '';
  const kind = name === '' || /\s/.test(name) ? undefined : secretKindOf(name);
  return kind === undefined ? redactWithin(item, key, depth) : redactNamed(item, kind, depth);
}

/** Members with a value that another member names: `{"name": "DB_PASSWORD", "value": "x"}`. */
const valueNames = new Set(['value', 'Value', 'content', 'text', 'data', 'stringValue', 'default', 'val']);
const nameNames = ['name', 'key', 'Name', 'Key', 'field', 'id', 'header', 'label', 'variable', 'param'];

/** The private members of a JSON Web Key (RFC 7518, §6). */
const webKeyParts = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/** The kind of secret that an object names in a member next to the value. */
function nameWithinObject(value: object): string | undefined {
  for (const name of nameNames) {
    const found: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (typeof found === 'string') return secretKindOf(found);
  }
  return undefined;
}

/** Redacts the value of a secret's name. */
function redactNamed(value: unknown, kind: string, depth: number): unknown {
  if (typeof value === 'string') return isNothing(value) ? value : marker(kind);
  if (typeof value === 'number') return isCount(value, kind) ? value : marker(kind);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return tooDeep;
  if (Array.isArray(value)) return value.map((item) => redactNamed(item, kind, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      redactText(name),
      redactNamed(member, kind, depth + 1),
    ]),
  );
}
