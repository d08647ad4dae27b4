/** Names under which programs keep secrets. The value of such a name is a secret, whatever it looks like. */
import { lazily } from './lazily.js';

/** What may be between the words of a name: `api_key`, `api-key`, `api.key`, `api key` of a label, or URL-encoded. */
const gap = String.raw`(?:[ ._-]|%5F|%2D)?`;

/**
 * The last part of a secret's name, and the kind that its marker shows. Names that are also parts of other words must
 * stand alone.
 */
const kinds: readonly { name: string; kind: string; alone?: true }[] = [
  // A name must come before any other name that is its beginning.
  { name: `secret${gap}key${gap}base`, kind: 'secret' },
  {
    name: `(?:api|secret|private|access|account|shared|encryption|decryption|signing|master|auth|subscription|ssh|license|functions|storage|app|application|service|role|admin|root|deploy|webhook|instrumentation|write|hmac|aes|rsa|gpg|pgp|tls|ssl|unseal|pre${gap}shared|sas|symmetric|ingest(?:ion)?|integration|bot|recovery|consumer)${gap}keys?`,
    kind: 'api_key',
  },
  { name: '(?:proxy-)?authorization', kind: 'authorization' },
  { name: 'auth', kind: 'authorization', alone: true },
  { name: 'cookies?|phpsessid|(?:j|asp)sessionid', kind: 'cookie' },
  { name: `x${gap}(?:amz|goog|hub)${gap}signature(?:-256)?`, kind: 'token' },
  { name: `pass${gap}(?:words?|wds?|phrases?|codes?)|pa55w(?:or)?d`, kind: 'password' },
  {
    name: 'passw(?:or)?t|passord|kennwort|contrase(?:ñ|n|\\\\u00f1)a|senha|wachtwoord|lösenord|hasło|heslo|mot[ _]?de[ _]?passe',
    kind: 'password',
  },
  { name: 'пароль|密码|密碼|パスワード|비밀번호', kind: 'password' },
  {
    name: `(?:store|key|ssh|db|smtp|root|require)pass(?:${gap}(?:words?|wds?|phrases?|codes?))?`,
    kind: 'password',
  },
  { name: `(?:pin|mfa|otp|2fa|totp|verification|recovery|backup)${gap}(?:codes?|number)`, kind: 'password' },
  { name: 'pwd|psw|pw|psk|otp', kind: 'password', alone: true },
  // Also the name of a count in test reports.
  { name: 'pass', kind: 'pass', alone: true },
  { name: `(?:seed|recovery|backup|mnemonic)${gap}(?:phrase|words)|mnemonic`, kind: 'secret' },
  { name: `secrets?`, kind: 'secret' },
  { name: 'token', kind: 'token' },
  { name: 'jwt|bearer', kind: 'token', alone: true },
  { name: 'creds', kind: 'credentials', alone: true },
  { name: `credentials?|connection${gap}string|conn${gap}str`, kind: 'credentials' },
];

/**
 * What may follow the name: a number, where the secret is used, or in which form. `DB_PASSWORD_PROD`, `token_2`,
 * `password_hash`.
 */
const suffix =
  '(?:[._-]?(?:\\d{1,4}|prod|production|live|staging|test|dev|value|text|plain|raw|new|old|hash(?:ed)?|digest|encrypted|crypt|salt|base64|b64|hex|confirm(?:ation)?|again))?';

/** A name that is one of these, or ends with one as a separate word: `db_password`, `x-api-key`, `clientSecret`. */
const secretName = lazily(
  () => new RegExp(`(?:^|[^a-z])(${kinds.map(({ name }) => name).join('|')})${suffix}$`, 'i'),
);
const byKind = lazily(() =>
  kinds.map(({ name, kind }) => ({ whole: new RegExp(`^(?:${name})$`, 'i'), kind })),
);

/** Splits `clientSecret` into `client_Secret`, so that its last word is separate. */
const hump = /([a-z0-9])([A-Z])/g;

/** How much of a name is looked at: its last words say what it names. */
const LONGEST_END = 100;

/** The kind of secret that the value of a name is; undefined if it is not a secret. */
export function secretKindOf(name: string): string | undefined {
  const word = secretName().exec(name.slice(-LONGEST_END).replace(hump, '$1_$2'))?.[1];
  if (word === undefined) return undefined;
  return byKind().find(({ whole }) => whole.test(word))?.kind;
}

/** Matches every text that contains the name of a secret. */
export const nameHint =
  'pass|pa55|contrase|kennwort|senha|wachtwoord|lösenord|hasło|heslo|пароль|密码|密碼|パスワード|비밀번호|sess(?:ion)?id|signature|pwd|psw|pw|psk|otp|secret|token|jwt|bearer|basic\\s|creds|credential|cookie|auth|mnemonic|(?:seed|recovery|backup|pin|mfa|2fa|verification).?(?:code|phrase|word|number)|conn(?:ection)?.?str|key';

/** A name anywhere in a text: {@link kindWithin} checks each match. */
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

/** Cache of results: there are few such names. */
const MOST_FOUND = 500;
const kindsFound = new Map<string, string | undefined>();

/** The kind of what {@link nameWithin} found; undefined if it is only a part of another word, such as `bypass`. */
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
