/**
 * Redacts secrets within Base64 and hexadecimal digits: decodes encoded text, searches it, and redacts it whole if it
 * contains a secret.
 */
import { redactedPlace, marker } from './marker.js';

/**
 * In the Base64 of ASCII text, the first of every four letters is one of these. Three groups cover `password` and one
 * more letter.
 */
export const base64Hint = String.raw`(?:[CDI-Za-f][A-Za-z0-9+/_-]{3}){3}`;

/** A run of Base64 letters, possibly broken into lines of equal length. */
const run =
  /[A-Za-z0-9+/_-]{12,}(?:(?:\\[nr]|\r?\n){1,2}[ \t]{0,20}[A-Za-z0-9+/_-]{12,}){0,400}(?:(?:\\[nr]|\r?\n){1,2}[A-Za-z0-9+/_-]{2,11}(?==))?={0,2}/g;
const hint = new RegExp(base64Hint);

/** Eight letters of ASCII text as hexadecimal digits: of a hash, one in thousands has as many at any place. */
export const hexHint = '(?:[2-7][0-9a-fA-F]){8}';

/** A run of hexadecimal digits, possibly broken into lines. */
const hexRun = /[0-9a-fA-F]{16,}(?:(?:\\[nr]|\r?\n){1,2}[ \t]{0,20}[0-9a-fA-F]{2,})*/g;
const lettersInHex = new RegExp(hexHint);

/** Limit of nested encodings. */
const DEEPEST = 3;

/** Redacts a decoded text. */
type Redact = (decoded: string, depth: number) => string;

/** Redacts the encoded texts that contain a secret. */
export function redactEncoded(text: string, redact: Redact, depth: number): string {
  if (depth >= DEEPEST) return text;
  const safe = lettersInHex.test(text) ? redactHex(text, redact, depth) : text;
  return safe.replace(run, (encoded) => {
    if (!hint.test(encoded)) return encoded;
    const kind = kindIn(encoded, redact, depth) ?? kindWithinAny(encoded, redact, depth);
    if (kind !== undefined) return marker(kind);
    // A slash also separates the parts of a path.
    if (!encoded.includes('/')) return encoded;
    return encoded
      .split('/')
      .map((part) => {
        const within = part.length < 12 ? undefined : kindIn(part, redact, depth);
        return within === undefined ? part : marker(within);
      })
      .join('/');
  });
}

/** Other digits may be before the text: both places at which it may begin are tried, and only readable parts count. */
function redactHex(text: string, redact: Redact, depth: number): string {
  return text.replace(hexRun, (encoded) => {
    if (!lettersInHex.test(encoded)) return encoded;
    const digits = encoded.replace(/\\[nr]|\s/g, '');
    for (const from of [0, 1]) {
      const kind = kindWithin(Buffer.from(digits.slice(from), 'hex').toString('latin1'), redact, depth);
      if (kind !== undefined) return marker(kind);
    }
    return encoded;
  });
}

/** The kind of the secret in an encoded text; undefined if it contains none or is not encoded text. */
function kindIn(encoded: string, redact: Redact, depth: number): string | undefined {
  const letters = encoded.replace(/\\[nr]|\s/g, '');
  // Most runs are not encoded text, and their first letters already show it.
  if (!isText(Buffer.from(letters.slice(0, 12), 'base64').toString('latin1'))) return undefined;
  const decoded = Buffer.from(letters, 'base64').toString('utf8');
  if (!isText(decoded)) return undefined;
  const redacted = redact(decoded, depth + 1);
  if (redacted === decoded) return undefined;
  redactedPlace.lastIndex = 0;
  return redactedPlace.exec(redacted)?.[1] ?? 'secret';
}

/** A readable text that is long enough to hold the name of a secret and its value. */
const readable = /[\t\n\r -~]{7,}/g;

/**
 * The kind of the secret in an encoded text that has other letters before it, such as `v2-` and Base64: the four places
 * at which a group may begin are tried, and only the readable parts of what they decode to count.
 */
function kindWithinAny(encoded: string, redact: Redact, depth: number): string | undefined {
  const letters = encoded.replace(/\\[nr]|\s/g, '');
  for (let skipped = 0; skipped < 4; skipped += 1) {
    const kind = kindWithin(Buffer.from(letters.slice(skipped), 'base64').toString('latin1'), redact, depth);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** The kind of the first secret in the readable parts of a decoded text. */
function kindWithin(decoded: string, redact: Redact, depth: number): string | undefined {
  for (const part of decoded.match(readable) ?? []) {
    const redacted = redact(part, depth + 1);
    redactedPlace.lastIndex = 0;
    if (redacted !== part) return redactedPlace.exec(redacted)?.[1] ?? 'secret';
  }
  return undefined;
}

function isText(text: string): boolean {
  return /^[\t\n\r -~\u00a0-\u{fffc}]*$/u.test(text);
}
