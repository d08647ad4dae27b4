/** Parses JSON without losing digits of numbers. */

/** A number with fewer digits than this is always exact. */
const LONG = /[\d.]{16,}/;

/**
 * Parses like `JSON.parse`, except that a number which a JavaScript number would change (an integer beyond 2^53, a long
 * Decimal) becomes a string of its digits.
 *
 * @throws {SyntaxError}
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(LONG.test(text) ? withQuoted(text) : text);
}

function withQuoted(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const begin = quote === -1 ? text.length : quote;
    const end = endOfString(text, begin);
    parts.push(
      text.slice(at, begin).replace(/-?\d[\d.]{15,}(?:e[+-]?\d+)?/gi, exact),
      text.slice(begin, end),
    );
    at = end;
  }
  return parts.join('');
}

/** The index after the string that begins at `begin`. */
function endOfString(text: string, begin: number): number {
  for (let quote = text.indexOf('"', begin + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function exact(number: string): string {
  return digits(number) === digits(String(Number(number))) ? number : `"${number}"`;
}

/** The significant digits: 0.0150 and 15e3 have the same ones. */
function digits(number: string): string {
  return number.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
}
