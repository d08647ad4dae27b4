/** Splits a shell script into words and operators, as a POSIX shell does. */

/** A word without its quotes, or an operator: `&&`, `||`, `|`, `;`, `;;`, `&`, `(`, `)`. A line's end is `;`. */
export type Token = { word: string } | { operator: string };

/** The tokens of a script. */
export interface Tokens {
  tokens: Token[];
  /** Whether all quotes, parentheses of substitutions and here-documents end. */
  isWhole: boolean;
}

/** How deeply groups, quotes and substitutions may nest: what nests deeper is not read, so that the stack holds it. */
export const DEEPEST = 100;

const operators = ['&&', '||', ';;', '|&', '|', ';', '&', '(', ')'];

/** A redirection: it is left out, with the number before it and the word after it. */
const redirection = /\d*(?:&>>|&>|>>|>\||>&|<&|<>|<|>)/y;
const hereDocument = /\d*<<(?!<)(-?)[ \t]*(\\?["']?)([A-Za-z_][\w.-]*)["']?/y;
const hereString = /\d*<<</y;

/** Reads a script. Redirections, comments and here-documents are left out; substitutions stay in their word, unread. */
export function tokensOf(script: string): Tokens {
  const tokens: Token[] = [];
  const pending: Document[] = [];
  let isWhole = true;
  let skipNext = false;
  let at = 0;

  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(script);
    if (found !== null) at += found[0].length;
    return found;
  };

  while (at < script.length) {
    const sign = script[at] ?? '';
    if (sign === '\n') {
      at += 1;
      const end = afterDocuments(script, at, pending.splice(0));
      isWhole &&= end !== undefined;
      at = end ?? script.length;
      // Empty lines say nothing.
      if (!isLineEnd(tokens.at(-1))) tokens.push({ operator: ';' });
    } else if (/\s/.test(sign)) at += 1;
    else if (script.startsWith('\\\n', at)) at += 2;
    else if (sign === '#') {
      const end = script.indexOf('\n', at);
      at = end === -1 ? script.length : end;
    } else if (take(hereString) !== null) skipNext = true;
    else {
      const document = documentAt(script, at);
      if (document !== undefined) {
        pending.push(document);
        at = document.end;
        continue;
      }
      // The end of this here-document is not known, so what follows may be its text.
      if (script.startsWith('<<', at)) isWhole = false;
      const isProcess = /[<>]\(/y;
      isProcess.lastIndex = at;
      if (!isProcess.test(script) && take(redirection) !== null) {
        skipNext = true;
        continue;
      }
      const operator = operators.find((one) => script.startsWith(one, at));
      if (operator !== undefined) {
        at += operator.length;
        tokens.push({ operator: operator === '|&' ? '|' : operator });
        continue;
      }
      const word = wordAt(script, at);
      at = word.end;
      isWhole &&= word.isWhole;
      if (!skipNext) tokens.push({ word: word.text });
      skipNext = false;
    }
  }
  return { tokens, isWhole: isWhole && pending.length === 0 };
}

/** Whether a token is the end of a line, or `;`. */
export const isLineEnd = (token: Token | undefined) =>
  token !== undefined && 'operator' in token && token.operator === ';';

/** The beginning of a here-document. */
interface Document {
  /** The line that ends it. */
  last: RegExp;
  /** The place after its beginning. */
  end: number;
}

function documentAt(script: string, at: number): Document | undefined {
  hereDocument.lastIndex = at;
  const found = hereDocument.exec(script);
  if (found === null) return undefined;
  const [all, dash, , name = ''] = found;
  const last = new RegExp(`^${dash === '-' ? '\\t*' : ''}${name.replaceAll('.', '\\.')}$`, 'm');
  return { last, end: at + all.length };
}

/** The place after the texts of here-documents, which begin at a line; undefined if one does not end. */
function afterDocuments(script: string, from: number, documents: readonly Document[]): number | undefined {
  let at = from;
  for (const { last } of documents) {
    const found = last.exec(script.slice(at));
    if (found === null) return undefined;
    at += found.index + found[0].length;
  }
  return at;
}

interface Word {
  text: string;
  end: number;
  isWhole: boolean;
}

/** The word that begins at a place. */
function wordAt(script: string, from: number): Word {
  let text = '';
  let at = from;
  let isWhole = true;
  while (at < script.length) {
    const sign = script[at] ?? '';
    const opened = openedAt(script, at, 0);
    if (opened !== undefined) {
      text += script.slice(at, opened.end);
      at = opened.end;
      isWhole &&= opened.isWhole;
    } else if (sign === '\\') {
      text += script[at + 1] === '\n' ? '' : (script[at + 1] ?? '');
      at += 2;
    } else if (sign === "'") {
      const end = script.indexOf("'", at + 1);
      text += script.slice(at + 1, end === -1 ? undefined : end);
      isWhole &&= end !== -1;
      at = end === -1 ? script.length : end + 1;
    } else if (sign === '"') {
      const quoted = quotedAt(script, at, 0);
      text += quoted.text;
      isWhole &&= quoted.isWhole;
      at = quoted.end;
    } else if (/[\s;&|()<>]/.test(sign)) break;
    else {
      text += sign;
      at += 1;
    }
  }
  return { text, end: at, isWhole };
}

/** The text in double quotes that begins at a place. */
function quotedAt(script: string, from: number, depth: number): Word {
  let text = '';
  let at = from + 1;
  while (at < script.length) {
    const sign = script[at] ?? '';
    if (sign === '"') return { text, end: at + 1, isWhole: true };
    const opened = openedAt(script, at, depth + 1);
    if (opened !== undefined) {
      text += script.slice(at, opened.end);
      at = opened.end;
    } else if (sign === '\\') {
      const next = script[at + 1] ?? '';
      text += next === '\n' ? '' : /["\\$`]/.test(next) ? next : `\\${next}`;
      at += 2;
    } else {
      text += sign;
      at += 1;
    }
  }
  return { text, end: script.length, isWhole: false };
}

/** The end of a substitution (`$(…)`, `<(…)`, `${…}`, backticks) that begins at a place; undefined if none does. */
function openedAt(
  script: string,
  from: number,
  depth: number,
): { end: number; isWhole: boolean } | undefined {
  const sign = script[from] ?? '';
  const next = script[from + 1];
  if (sign === '`') {
    const end = script.indexOf('`', from + 1);
    return { end: end === -1 ? script.length : end + 1, isWhole: end !== -1 };
  }
  const isOpen = (/[$<>]/.test(sign) && next === '(') || (sign === '$' && next === '{');
  if (!isOpen) return undefined;
  if (depth > DEEPEST) return { end: script.length, isWhole: false };
  const [open, close] = next === '(' ? ['(', ')'] : ['{', '}'];
  const documents: Document[] = [];
  let opened = 0;
  let at = from + 1;
  while (at < script.length) {
    const one = script[at] ?? '';
    const document = open === '(' ? documentAt(script, at) : undefined;
    if (document !== undefined) {
      documents.push(document);
      at = document.end;
    } else if (one === '\n' && documents.length > 0) {
      const end = afterDocuments(script, at + 1, documents.splice(0));
      if (end === undefined) break;
      at = end;
    } else if (one === '\\') at += 2;
    else if (one === "'" && open === '(') {
      const end = script.indexOf("'", at + 1);
      at = end === -1 ? script.length : end + 1;
    } else if (one === '"') at = quotedAt(script, at, depth + 1).end;
    else {
      if (one === open) opened += 1;
      if (one === close) opened -= 1;
      at += 1;
      if (opened === 0) return { end: at, isWhole: true };
    }
  }
  return { end: script.length, isWhole: false };
}
