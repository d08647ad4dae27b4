/** Names under which programs keep secrets: the value below such a name is one, whatever it looks like. */
import { lazily } from './lazily.js';

/** What may stand between the words of a name: `api_key`, `api-key`, `api.key`, `api key` of a label, and URL-encoded. */
const gap = String.raw`(?:[ ._-]|%5F|%2D)?`;

/** The last part of a secret's name, and the kind that is shown for it. Those that are parts of other words stand alone. */
const kinds: readonly { name: string; kind: string; alone?: true }[] = [
  // What begins with another name stands before it.
  { name: `secret${gap}key${gap}base`, kind: 'secret' },
  {
    name: `(?:api|secret|private|access|account|shared|encryption|decryption|signing|master|auth|subscription|ssh|license|functions|storage|app|application|service|role|admin|root|deploy|webhook|instrumentation|write|hmac|aes|rsa|gpg|pgp|tls|ssl|unseal|pre${gap}shared|sas|symmetric|ingest(?:ion)?|integration|bot|recovery|consumer)${gap}keys?`,
    kind: 'api_key',
  },
  { name: '(?:proxy-)?authorization', kind: 'authorization' },
  { name: 'auth', kind: 'authorization', alone: true },
  { name: 'cookies?', kind: 'cookie' },
  { name: `pass${gap}(?:words?|wds?|phrases?|codes?)|pa55w(?:or)?d`, kind: 'password' },
  { name: 'passw(?:or)?t|kennwort|contrase(?:ñ|n|\\\\u00f1)a|senha|mot_?de_?passe', kind: 'password' },
  { name: '(?:store|key|ssh|db|smtp|root)pass', kind: 'password' },
  { name: `(?:pin|mfa|otp|2fa|totp|verification|recovery|backup)${gap}(?:codes?|number)`, kind: 'password' },
  { name: 'pwd|psw|pw|psk|otp', kind: 'password', alone: true },
  // Also what tests count.
  { name: 'pass', kind: 'pass', alone: true },
  { name: `(?:seed|recovery|backup|mnemonic)${gap}(?:phrase|words)|mnemonic`, kind: 'secret' },
  { name: `secrets?`, kind: 'secret' },
  { name: 'token', kind: 'token' },
  { name: 'jwt|bearer', kind: 'token', alone: true },
  { name: `credentials?|connection${gap}string|conn${gap}str`, kind: 'credentials' },
];

/** What may stand behind the name: a number, or where the secret is used. `DB_PASSWORD_PROD`, `token_2`. */
const suffix = '(?:[._-]?(?:\\d{1,4}|prod|production|live|staging|test|dev|value|text|plain|raw|new|old))?';

/** A name that is one of these, or ends with one as a word of its own: `db_password`, `x-api-key`, `clientSecret`. */
const secretName = lazily(
  () => new RegExp(`(?:^|[^a-z])(${kinds.map(({ name }) => name).join('|')})${suffix}$`, 'i'),
);
const byKind = lazily(() =>
  kinds.map(({ name, kind }) => ({ whole: new RegExp(`^(?:${name})$`, 'i'), kind })),
);

/** `clientSecret` as `client_Secret`, so that its last word stands alone. */
const hump = /([a-z0-9])([A-Z])/g;

/** So much of a name tells what it names: its last words do. */
const LONGEST_END = 100;

/** The kind of secret that a value of this name is; undefined if it is none. */
export function secretKindOf(name: string): string | undefined {
  const word = secretName().exec(name.slice(-LONGEST_END).replace(hump, '$1_$2'))?.[1];
  if (word === undefined) return undefined;
  return byKind().find(({ whole }) => whole.test(word))?.kind;
}

/** In every text that names a secret. */
export const nameHint =
  'pass|pa55|contrase|kennwort|senha|pwd|psw|pw|psk|otp|secret|token|jwt|bearer|basic\\s|credential|cookie|auth|mnemonic|(?:seed|recovery|backup|pin|mfa|2fa|verification).?(?:code|phrase|word|number)|conn(?:ection)?.?str|key';

/** A name within a text, wherever it stands: each match is looked at by {@link kindWithin}. */
export const nameWithin = lazily(
  () => new RegExp(`(?:${kinds.map(({ name }) => name).join('|')})${suffix}`, 'gi'),
);
const loneName = lazily(
  () =>
    new RegExp(
      `^(?:${kinds
        .filter(({ alone }) => alone)
        .map(({ name }) => name)
        .join('|')})${suffix}$`,
      'i',
    ),
);
const kindOfFound = lazily(() =>
  kinds.map(({ name, kind }) => ({ found: new RegExp(`^(?:${name})${suffix}$`, 'i'), kind })),
);

/** What was found before: there are few such names. */
const MOST_FOUND = 500;
const kindsFound = new Map<string, string | undefined>();

/** The kind of what {@link nameWithin} found; undefined where it is only a part of another word: `bypass`. */
export function kindWithin(text: string, found: string, at: number): string | undefined {
  const before = text[at - 1] ?? '';
  const isPart = /[a-z]/i.test(before) && !(/[a-z]/.test(before) && /^[A-Z]/.test(found));
  if (isPart && loneName().test(found)) return undefined;
  if (!kindsFound.has(found)) {
    if (kindsFound.size >= MOST_FOUND) kindsFound.clear();
    kindsFound.set(found, kindOfFound().find((one) => one.found.test(found))?.kind);
  }
  return kindsFound.get(found);
}
