/** Redacts secrets in text that is not JSON: one step per kind, the most specific kinds first. */
import { redactEmails, redactUrlParameters, redactUserInfo } from './addresses.js';
import { commandHint, redactCommands } from './commands.js';
import { base64Hint, hexHint, redactEncoded } from './encoded.js';
import { lazily } from './lazily.js';
import { manifestHint, redactManifests } from './kubernetes.js';
import { marker } from './marker.js';
import { redactNamedValues } from './named-values.js';
import { nameHint } from './secret-names.js';
import { secretPatterns } from './secret-patterns.js';
import { insertHint, redactInserted } from './sql-values.js';

/** A name and a password in Base64, after the scheme `Basic`. */
const basic = /((?<=^|[^A-Za-z0-9]|\\[nrt])basic\s{1,3})([A-Za-z0-9+/_-]{6,2000}={0,2})/gi;

/** A word after `Bearer` that is long or contains a digit. */
const bearer =
  /((?<=^|[^A-Za-z0-9]|\\[nrt])bearer\s{1,3})(?=[^\s\d]{0,200}\d|[\w.~+/=-]{20})[\w.~+/=-]{6,8000}/gi;

/** Any text with a secret matches one of these three. Three searches take less time than a hundred. */
const hints = lazily(
  () =>
    new RegExp(
      [
        ...new Set(secretPatterns().map(({ hint }) => hint)),
        '@',
        '%40',
        '(?:[?&;#]|%3F|%26|u0026)[A-Za-z_-]{3,40}(?:=|%3D|.u003d)',
        'PRIVATE KEY',
        'kty',
        manifestHint,
        base64Hint,
        hexHint,
      ].join('|'),
    ),
);
const nameHints = lazily(() => new RegExp(nameHint, 'i'));
const commandHints = lazily(() => new RegExp(`${commandHint}|${insertHint}`, 'im'));

/** Whether a text may contain a secret at all. */
export function maySayMore(text: string): boolean {
  return hints().test(text) || nameHints().test(text) || commandHints().test(text);
}

interface Step {
  hint: RegExp;
  redact: (text: string, depth: number) => string;
}

const steps = lazily((): readonly Step[] => [
  { hint: /"[^"]*\\["'nrtu\\/]/, redact: redactLiterals },
  ...secretPatterns().map(({ kind, hint, secret }) => ({
    hint: new RegExp(hint),
    redact: (text: string) => text.replace(secret, marker(kind)),
  })),
  { hint: /END [A-Z0-9 ]{0,40}PRIVATE KEY/, redact: redactEndOfKey },
  { hint: /@/, redact: redactUserInfo },
  { hint: /=|%3D|u003d/i, redact: redactUrlParameters },
  {
    hint: /basic\s/i,
    redact: (text) =>
      text.replace(basic, (all: string, before: string, secret: string) =>
        Buffer.from(secret, 'base64').includes(':') ? before + marker('basic') : all,
      ),
  },
  {
    hint: /bearer\s/i,
    redact: (text) => text.replace(bearer, (_, before: string) => before + marker('bearer')),
  },
  { hint: new RegExp(manifestHint), redact: redactManifests },
  { hint: new RegExp(insertHint, 'i'), redact: redactInserted },
  { hint: nameHints(), redact: redactNamedValues },
  { hint: commandHints(), redact: redactCommands },
  {
    hint: new RegExp(`${base64Hint}|${hexHint}`),
    redact: (text, depth) => redactEncoded(text, redactPlain, depth),
  },
  { hint: /@|%40/, redact: redactEmails },
]);

const MOST_PASSES = 8;

/**
 * Redacts the secrets in a text. A marker can reveal the start of another secret, so the steps are repeated until
 * nothing changes.
 */
export function redactPlain(text: string, depth = 0): string {
  let safe = text;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const before = safe;
    for (const { hint, redact } of steps()) if (hint.test(safe)) safe = redact(safe, depth);
    if (safe === before) break;
  }
  return safe;
}

/** A quoted text as JSON and programs write it, possibly cut off. */
const literal = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs;

/** Redacts the quoted texts within a text after unescaping them: incomplete JSON, code, logs. */
function redactLiterals(text: string, depth: number): string {
  if (depth >= DEEPEST) return text;
  return text.replace(literal, (quoted) => {
    if (!quoted.includes('\\')) return quoted;
    const inner = readLiteral(quoted);
    if (inner === undefined) return quoted;
    const redacted = redactPlain(inner, depth + 1);
    if (redacted === inner) return quoted;
    const safe = JSON.stringify(redacted);
    return isClosed(quoted) ? safe : safe.slice(0, -1);
  });
}

/** Limit of nested quoted texts. */
const DEEPEST = 4;

function isClosed(quoted: string): boolean {
  return /^"(?:[^"\\]|\\.)*"$/s.test(quoted);
}

/** The unescaped content of a quoted text; undefined if its escapes are unknown. */
function readLiteral(quoted: string): string | undefined {
  const body = isClosed(quoted)
    ? quoted.slice(1, -1)
    : quoted.slice(1).replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '');
  try {
    // Unescaped line feeds are allowed, because the text is not JSON.
    const value: unknown = JSON.parse(
      `"${body.replace(/\p{Cc}/gu, (letter) => JSON.stringify(letter).slice(1, -1))}"`,
    );
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Redacts the end of a private key whose beginning was cut off: the Base64 lines above its END line. */
function redactEndOfKey(text: string): string {
  let safe = '';
  let done = 0;
  for (const { index } of text.matchAll(/-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/g)) {
    let from = index;
    while (from > done && /[A-Za-z0-9+/=\s\\"',]/.test(text[from - 1] ?? '')) from -= 1;
    if (index - from < 16) continue;
    safe += text.slice(done, from) + marker('private_key');
    done = index;
  }
  return safe + text.slice(done);
}
