import { lazily } from './lazily.js';

/** Names under which programs keep secrets: the value below such a name is one, whatever it looks like. */

/** The last part of a secret's name, and the kind that is shown for it. */
const kinds: readonly (readonly [name: string, kind: string])[] = [
  ['authorization', 'authorization'],
  ['auth', 'authorization'],
  ['cookies?', 'cookie'],
  ['pass(?:word|wd|phrase|code)s?', 'password'],
  ['pwd', 'password'],
  ['secrets?', 'secret'],
  ['token', 'token'],
  ['jwt', 'token'],
  ['bearer', 'token'],
  ['credentials?', 'credentials'],
  ['connection[._-]?string', 'credentials'],
  [
    '(?:api|secret|private|access|account|shared|encryption|signing|master|auth|subscription|ssh|license|functions)[._-]?keys?',
    'api_key',
  ],
];

/** What may stand behind the name: a number, or where the secret is used. `DB_PASSWORD_PROD`, `token_2`. */
const suffix = '(?:[._-]?(?:\\d{1,4}|prod|production|live|staging|test|dev|value|text))?';

/** A name that is one of these, or ends with one as a word of its own: `db_password`, `x-api-key`, `clientSecret`. */
const secretName = lazily(
  () => new RegExp(`(?:^|[^a-z])(${kinds.map(([name]) => name).join('|')})${suffix}$`, 'i'),
);
const byKind = lazily(() => kinds.map(([name, kind]) => ({ whole: new RegExp(`^(?:${name})$`, 'i'), kind })));

/** `clientSecret` as `client_Secret`, so that its last word stands alone. */
const hump = /([a-z0-9])([A-Z])/g;

/** The kind of secret that a value of this name is; undefined if it is none. */
export function secretKindOf(name: string): string | undefined {
  if (name.length > 200) return undefined;
  const word = secretName().exec(name.replace(hump, '$1_$2'))?.[1];
  if (word === undefined) return undefined;
  return byKind().find(({ whole }) => whole.test(word))?.kind;
}

/** In every text that names a secret. */
export const nameHint =
  'passw|passphrase|passcode|pwd|secret|token|jwt|bearer|basic\\s|credential|cookie|auth|connection.?string|(?:api|private|access|account|shared|encryption|signing|master|subscription|ssh|license|functions).?key';

/** Short names that are parts of other words too: `oauth`. */
const short = '(?<![A-Za-z])(?:auth|pwd|jwt|bearer)';
const assigned = () =>
  `(${short}|${kinds
    .map(([name]) => name)
    .filter((name) => !['auth', 'pwd', 'jwt', 'bearer', 'cookies?', 'authorization'].includes(name))
    .join('|')})`;

/** A value in quotes, in which quotes may be escaped; one whose quotes are escaped, as JSON within JSON; or a word. */
const value = String.raw`("(?:[^"\\]|\\.){1,2000}|'(?:[^'\\]|\\.){1,2000}|\\{1,3}"[^"\\]{1,2000}|\\{1,3}'[^'\\]{1,2000}|[^\s"',;&<>(){}[\]\\]{1,2000})`;

/** A name and what is assigned to it within a text: `password=x`, `"api_key": "x"`, `Pwd=x;`. */
export const assignment = lazily(
  () =>
    new RegExp(String.raw`${assigned()}(${suffix}\\{0,3}["']?\s{0,3}(?::=|=>|[:=])\s{0,3})${value}`, 'gi'),
);

/** An argument of a command: `--token x`. */
export const argument = lazily(
  () => new RegExp(String.raw`(?<=(?:^|\s)--?[\w.-]{0,40})${assigned()}(${suffix}\s{1,3})${value}`, 'gi'),
);

/** A header's name and the rest of its line. */
export const header =
  /(authorization|cookie)(\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?)([^\r\n"'\\]{1,8000})/gi;
