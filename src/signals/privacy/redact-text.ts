/**
 * Secrets out of texts, at every privacy tier. A secret becomes `[redacted:KIND]`: the same text each time, whatever
 * the secret was, so that nothing can be told from it. Redacting twice is redacting once.
 *
 * Nearly every text that comes here holds none. What a text costs then is a look at its length, at whether it is an id,
 * and one search for the hints of all patterns.
 */
import { lazily } from './lazily.js';
import { argument, assignment, header, nameHint, secretKindOf } from './secret-names.js';
import { secretPatterns } from './secret-patterns.js';

/** The kinds beside those of secrets that are told by a name or a pattern. */
const EMAIL = 'email';
const URL_PASSWORD = 'url_password';
const URL_PARAMETER = 'url_parameter';
const BEARER = 'bearer';
const BASIC = 'basic';

const marker = (kind: string) => `[redacted:${kind}]`;

/** Any redacted place, and its kind. */
export const redactedPlace = /\[redacted:([a-z_]{1,40})\]/g;

/** Ids and hashes as Claude Code, the API and we make them, and times: most of what rows hold. Never secrets. */
const plain =
  /^(?:[0-9a-f]{8,40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:msg|req|toolu|srvtoolu)_[A-Za-z0-9]{10,40}|\d{4}-\d\d-\d\d[ T][\d:.]{8,18}Z?)$/;

/**
 * A short name in small letters, as most folders have: no pattern matches anything shorter than 23 letters without a
 * capital, but for those that begin like the excluded ones.
 */
const shortName = /^(?!.*(?:xox|xapp|[rsp]k_))[a-z0-9._-]{1,22}$/;

/** Any text that holds a secret matches one of the two. One search costs less than fifty. */
const hints = lazily(
  () =>
    new RegExp(
      [...new Set(secretPatterns().map(({ hint }) => hint)), '@', '%40', '[?&;][A-Za-z_-]{3,40}='].join('|'),
    ),
);
const nameHints = lazily(() => new RegExp(nameHint, 'i'));

/** Shorter texts hold nothing but an address. */
const SHORTEST = 8;

/** Texts that came before, and what became of them: names come again and again. Two ages, so that it stays small. */
const MOST_KNOWN = 4_096;
const LONGEST_KNOWN = 256;
let known = new Map<string, string>();
let knownBefore = new Map<string, string>();

/** The text without secrets. */
export function redactText(text: string): string {
  if (text.length < SHORTEST && !text.includes('@')) return text;
  if (text.length <= 64 && (plain.test(text) || shortName.test(text))) return text;
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
  if (!hints().test(text) && !nameHints().test(text)) return text;
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
 * Below the name of a secret every text is one; numbers and truth values are counts and flags.
 */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => redactItem(item, value[index - 1]));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const named = nameWithin(value);
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => {
    const kind = secretKindOf(name) ?? (name === 'value' || name === 'Value' ? named : undefined);
    const safe = kind === undefined ? redactValue(member) : redactNamed(member, kind);
    const safeName = redactText(name);
    return { entry: [safeName, safe] as const, changed: safe !== member || safeName !== name };
  });
  return members.some(({ changed }) => changed)
    ? Object.fromEntries(members.map(({ entry }) => entry))
    : value;
}

/** An item of a list. The arguments of a command and pairs of a header have the name in the item before. */
function redactItem(item: unknown, before: unknown): unknown {
  const name = typeof before === 'string' && typeof item === 'string' ? before.replace(/^--?/, '') : '';
  const kind = name === '' || /\s/.test(name) ? undefined : secretKindOf(name);
  return kind === undefined ? redactValue(item) : redactNamed(item, kind);
}

/** The kind of secret that an object names beside its value: `{"name": "DB_PASSWORD", "value": "x"}`. */
function nameWithin(value: object): string | undefined {
  const { name, key, Name, Key } = value as Record<string, unknown>;
  const found = [name, key, Name, Key].find((one) => typeof one === 'string');
  return found === undefined ? undefined : secretKindOf(found);
}

/** What stands below the name of a secret. */
function redactNamed(value: unknown, kind: string): unknown {
  if (typeof value === 'string') return isNothing(value) ? value : marker(kind);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactNamed(item, kind));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      redactText(name),
      redactNamed(member, kind),
    ]),
  );
}

/** Whether a text tells no secret: a flag, a redacted place. */
function isNothing(text: string): boolean {
  return /^(?:|true|false|null|none|\[redacted:[a-z_]{1,40}\])$/i.test(text);
}

/** One redacted place can lay bare the begin of the next: again until nothing changes, which is nearly always at once. */
function redactPlain(text: string): string {
  let safe = text;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const before = safe;
    for (const { hint, redact } of steps()) if (hint.test(safe)) safe = redact(safe);
    if (safe === before) break;
  }
  return safe;
}

const MOST_PASSES = 8;

function assignedSafely(all: string, name: string, separator: string, value: string): string {
  const [, quote = '', bare = ''] = /^(\\*["']?)([^]*)$/.exec(value) ?? [];
  return isNothing(bare) || bare.startsWith('[redacted') ? all : `${name}${separator}${quote}${named(name)}`;
}

function named(name: string): string {
  return marker(secretKindOf(name) ?? 'secret');
}

/** `scheme://user:password@host`: a password may hold an @, but no slash. */
const urlPassword =
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:"'<>?#[\]]{0,200}:)(?!\[redacted:)[^\s/"'<>?#]{1,500}(?=@)/gi;

/** Parameters of an address that let in whoever has them. */
const urlParameter =
  /([?&;](?:access_token|refresh_token|id_token|token|api[_-]?key|apikey|key|sig|signature|password|passwd|pwd|secret|client_secret|auth|jwt|code|session|sessionid|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|awsaccesskeyid|googleaccessid)=)([^&#\s"'<>[\]]{4,4000})/gi;

/** Behind a scheme's name come a name and a password, in Base64. */
const basic = /((?<=^|[^A-Za-z0-9]|\\[nrt])basic\s{1,3})([A-Za-z0-9+/_-]{6,2000}={0,2})/gi;

/** A word behind `Bearer` that is long, or has a digit in it. */
const bearer =
  /((?<=^|[^A-Za-z0-9]|\\[nrt])bearer\s{1,3})(?=[^\s\d]{0,200}\d|[\w.~+/=-]{20})[\w.~+/=-]{6,8000}/gi;

/** How a kind of secret is taken out of a text that has its hint. Their order matters: a token's own kind says most. */
const steps = lazily((): readonly { hint: RegExp; redact: (text: string) => string }[] => [
  ...secretPatterns().map(({ kind, hint, secret }) => ({
    hint: new RegExp(hint),
    redact: (text: string) => text.replace(secret, marker(kind)),
  })),
  {
    hint: /@/,
    redact: (text) => text.replace(urlPassword, (_, before: string) => before + marker(URL_PASSWORD)),
  },
  {
    hint: /=/,
    redact: (text) =>
      text.replace(urlParameter, (all: string, before: string, secret: string) =>
        isNothing(secret) ? all : before + marker(URL_PARAMETER),
      ),
  },
  {
    hint: /basic\s/i,
    redact: (text) =>
      text.replace(basic, (all: string, before: string, secret: string) =>
        Buffer.from(secret, 'base64').includes(':') ? before + marker(BASIC) : all,
      ),
  },
  {
    hint: /bearer\s/i,
    redact: (text) => text.replace(bearer, (_, before: string) => before + marker(BEARER)),
  },
  {
    hint: /authorization|cookie/i,
    redact: (text) =>
      text.replace(header, (all: string, name: string, separator: string, rest: string) =>
        rest.includes('[redacted:') ? all : name + separator + named(name),
      ),
  },
  {
    hint: nameHints(),
    redact: (text) => text.replace(assignment(), assignedSafely).replace(argument(), assignedSafely),
  },
  { hint: /@|%40/, redact: redactEmails },
]);

/** What stands behind a person's name in an address, in plain or URL encoding. */
const emailHost = lazily(() => /(?:@|%40)(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu);
const emailLetter = lazily(() => /[\p{L}\p{N}._%+-]/u);

/** From its host backwards: a pattern would try each letter of the text as the begin of an address. */
function redactEmails(text: string): string {
  let safe = '';
  let done = 0;
  for (const { 0: host, index } of text.matchAll(emailHost())) {
    let from = index;
    while (from > done && index - from < 64 && emailLetter().test(text[from - 1] ?? '')) from -= 1;
    // `git@host` is nobody's.
    if (from === index || text.slice(from, index) === 'git') continue;
    safe += text.slice(done, from) + marker(EMAIL);
    done = index + host.length;
  }
  return safe + text.slice(done);
}
