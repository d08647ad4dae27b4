/** Secrets within Base64: a text that was encoded is decoded, searched, and redacted whole where it holds one. */
import { redactedPlace, marker } from './marker.js';

/**
 * Letters as Base64 has them where the encoded text is ASCII: of every four, the first is one of these. Three such
 * groups are `password` and a letter.
 */
export const base64Hint = String.raw`(?:[CDI-Za-f][A-Za-z0-9+/_-]{3}){3}`;

/** A run of letters of Base64, also one that is broken into lines of an even length. */
const run =
  /[A-Za-z0-9+/_-]{12,}(?:(?:\\[nr]|\r?\n){1,2}[ \t]{0,20}[A-Za-z0-9+/_-]{12,}){0,400}(?:(?:\\[nr]|\r?\n){1,2}[A-Za-z0-9+/_-]{2,11}(?==))?={0,2}/g;
const hint = new RegExp(base64Hint);

/** Encoded texts within encoded texts are looked into so deep. */
const DEEPEST = 3;

/**
 * The text without the encoded texts that hold a secret.
 *
 * @param redact what is done with a decoded text
 */
export function redactEncoded(
  text: string,
  redact: (decoded: string, depth: number) => string,
  depth: number,
): string {
  if (depth >= DEEPEST) return text;
  return text.replace(run, (encoded) => {
    if (!hint.test(encoded)) return encoded;
    const kind = kindIn(encoded, redact, depth);
    if (kind !== undefined) return marker(kind);
    // A slash parts a path as well.
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

/** The kind of the secret that an encoded text holds; undefined if it holds none, or is none. */
function kindIn(
  encoded: string,
  redact: (decoded: string, depth: number) => string,
  depth: number,
): string | undefined {
  const letters = encoded.replace(/\\[nr]|\s/g, '');
  // Most runs are no text: the first letters tell.
  if (!isText(Buffer.from(letters.slice(0, 12), 'base64').toString('latin1'))) return undefined;
  const decoded = Buffer.from(letters, 'base64').toString('utf8');
  if (!isText(decoded)) return undefined;
  const redacted = redact(decoded, depth + 1);
  if (redacted === decoded) return undefined;
  redactedPlace.lastIndex = 0;
  return redactedPlace.exec(redacted)?.[1] ?? 'secret';
}

function isText(text: string): boolean {
  return /^[\t\n\r -~\u00a0-\u{fffc}]*$/u.test(text);
}
