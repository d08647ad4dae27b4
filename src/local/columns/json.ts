/**
 * JSON.parse loses integers above 2^53, and rows hold such integers as ids and counters. Lines that may contain one are
 * parsed here, with bigint; all other lines use JSON.parse, which is faster.
 */

const longDigits = /[0-9]{16}/;

/** Parses JSON; integers that a number cannot hold exactly become bigint. Throws a SyntaxError. */
export function parseJson(text: string): unknown {
  if (!longDigits.test(text)) return JSON.parse(text);
  // JSON.parse runs first: it rejects invalid text, and apart from large integers its result is right.
  JSON.parse(text);
  return new ExactReader(text).read();
}

/**
 * The longest integer that is accepted: no type holds more than 78 digits, and parsing takes ever more time for longer
 * ones.
 */
export const MOST_DIGITS = 1_000;

/** Reads a text that is valid JSON. Every step advances or throws, so it ends for any input. */
class ExactReader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): unknown {
    this.skipSpace();
    const char = this.text.charAt(this.at);
    if (char === '{') return this.object();
    if (char === '[') return this.array();
    if (char === '"') return this.string();
    return this.word();
  }

  private object(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.at += 1;
    while (this.nextItem('}')) {
      const key = this.string();
      this.skipSpace();
      this.at += 1;
      // With defineProperty, "__proto__" is a key like any other.
      Object.defineProperty(result, key, {
        value: this.read(),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return result;
  }

  private array(): unknown[] {
    const result: unknown[] = [];
    this.at += 1;
    while (this.nextItem(']')) result.push(this.read());
    return result;
  }

  /** Moves to the next item, or past the closing bracket: then false. */
  private nextItem(close: string): boolean {
    this.skipSpace();
    const char = this.text.charAt(this.at);
    if (char === close || char === ',') this.at += 1;
    if (char === ',') this.skipSpace();
    return char !== close;
  }

  private string(): string {
    let end = this.at + 1;
    for (let char = this.text.charAt(end); char !== '"'; char = this.text.charAt(end)) {
      if (char === '') throw new SyntaxError('a string does not end');
      end += char === '\\' ? 2 : 1;
    }
    const value = JSON.parse(this.text.slice(this.at, end + 1)) as string;
    this.at = end + 1;
    return value;
  }

  /** A number, true, false or null. */
  private word(): unknown {
    const from = this.at;
    while (!isEndOfWord(this.text.charAt(this.at))) this.at += 1;
    const word = this.text.slice(from, this.at);
    if (!/^-?\d+$/.test(word) || Number.isSafeInteger(Number(word))) return JSON.parse(word);
    if (word.length > MOST_DIGITS) {
      throw new SyntaxError(`an integer of ${word.length} digits (the most is ${MOST_DIGITS})`);
    }
    return BigInt(word);
  }

  private skipSpace(): void {
    while (isSpace(this.text.charAt(this.at))) this.at += 1;
  }
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t';
}

/** Also true at the end of the text. */
function isEndOfWord(char: string): boolean {
  return char === '' || char === ',' || char === ']' || char === '}' || isSpace(char);
}

/** JSON text of a value that may contain bigint, which is written as a bare number. */
export function writeJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item)}`)
    .join(',')}}`;
}
