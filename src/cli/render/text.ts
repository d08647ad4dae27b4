/** Measures, cuts and wraps text for a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

export { plain } from '../../base/format/plain.js';

/**
 * The width of a text on a terminal: wide letters take two columns, combining marks and colours none. string-width also
 * knows joined emoji, but takes a third of the time of a question to load.
 */
export function width(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let columns = 0;
  for (const letter of stripVTControlCharacters(text)) {
    if (!/^\p{M}$/u.test(letter)) columns += eastAsianWidth(letter.codePointAt(0) ?? 0);
  }
  return columns;
}

/** The beginning of a text, with an ellipsis if it does not fit. For text without colours. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns <= 0) return '';
  let kept = '';
  for (const character of text) {
    if (width(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Adds blanks on the right or on the left. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, columns - width(text)));
  return side === 'left' ? text + blanks : blanks + text;
}

/** How a word longer than a line is shown, as lines. */
type LongWord = (word: string, columns: number) => string[];

/** A name: its beginning, with an ellipsis. */
const cut: LongWord = (word, columns) => [fit(word, columns)];
/** A word to be copied: longer than the line, and the terminal wraps it. */
export const whole: LongWord = (word) => [word];
/** A word to be read: it continues on the next line. */
export const broken: LongWord = (word, columns) => {
  const parts = [''];
  for (const letter of word) {
    const part = parts.pop() ?? '';
    if (width(part + letter) > columns && part !== '') parts.push(part, letter);
    else parts.push(part + letter);
  }
  return parts;
};

/** A text after a mark; further lines are aligned with the beginning of the text. */
export function hanging(mark: string, text: string, columns: number, long = cut): string[] {
  const indent = ' '.repeat(width(mark));
  return wrap(text, columns, indent, long).map((line, index) =>
    index === 0 ? mark + line.slice(indent.length) : line,
  );
}

/** Breaks a text into lines at blanks; for text without colours. */
export function wrap(text: string, columns: number, indent = '', long = cut): string[] {
  const room = Math.max(1, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => (width(one) > room ? long(one, room) : [one]))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && width(longer) > room) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}
