/** The lexer of template expressions. */
import { TemplateError } from './error.js';

export interface Token {
  kind: 'name' | 'string' | 'integer' | 'float' | 'operator' | 'end';
  text: string;
}

const operators = [
  '**',
  '//',
  '==',
  '!=',
  '<=',
  '>=',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '.',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
];
const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '0': '\0',
};

/** The tokens of one Python-like expression, with an `end` token at the end. */
export function tokenize(source: string, line: number): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    const text = /^[rRuUbB]?("""|'''|"|')/.exec(rest);
    if (text?.[1] !== undefined) {
      const { value, length } = readString(rest, text[0].length - text[1].length, text[1], line);
      tokens.push({ kind: 'string', text: value });
      at += length;
      continue;
    }
    const number = /^(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/.exec(rest);
    if (number) {
      tokens.push({ kind: /[.eE]/.test(number[0]) ? 'float' : 'integer', text: number[0] });
      at += number[0].length;
      continue;
    }
    const name = /^[A-Za-z_]\w*/.exec(rest);
    if (name) {
      tokens.push({ kind: 'name', text: name[0] });
      at += name[0].length;
      continue;
    }
    const operator = operators.find((one) => rest.startsWith(one));
    if (operator === undefined)
      throw new TemplateError(`invalid syntax: unexpected "${rest.charAt(0)}", line ${line}`);
    tokens.push({ kind: 'operator', text: operator });
    at += operator.length;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function readString(
  rest: string,
  prefix: number,
  quote: string,
  line: number,
): { value: string; length: number } {
  const isRaw = /^[rR]/.test(rest) && prefix > 0;
  let value = '';
  let at = prefix + quote.length;
  while (at < rest.length) {
    if (rest.startsWith(quote, at)) return { value, length: at + quote.length };
    const char = rest.charAt(at);
    if (char === '\\' && !isRaw) {
      const next = rest.charAt(at + 1);
      const unicode = /^(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/.exec(rest.slice(at + 1, at + 6));
      const code = unicode?.[1] ?? unicode?.[2];
      if (code !== undefined) {
        value += String.fromCharCode(parseInt(code, 16));
        at += 2 + code.length;
      } else {
        value += escapes[next] ?? (`\\'"`.includes(next) ? next : next === '\n' ? '' : `\\${next}`);
        at += 2;
      }
    } else {
      value += char;
      at += 1;
    }
  }
  throw new TemplateError(`unterminated string, line ${line}`);
}
