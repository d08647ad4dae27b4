/** Parses the text of a template into blocks. */
import { TemplateError } from './error.js';
import { parseExpression, parseForHeader } from './expression.js';
import type { Block, Expression } from './syntax.js';

type Piece = { kind: 'text'; text: string } | { kind: 'output' | 'statement'; source: string; line: number };

interface OpenBlock {
  kind: 'root' | 'if' | 'for';
  line: number;
  /** The list that takes the next piece. */
  body: Block[];
  block: Block | undefined;
  hasElse: boolean;
}

const forbidden = new Set([
  'import',
  'from',
  'include',
  'extends',
  'block',
  'module',
  'raw',
  'autoescape',
  'whitespace',
  'apply',
]);
const unsupported = new Set(['while', 'try', 'except', 'finally']);

/** Parses template text (without its leading %) into blocks. Throws a TemplateError. */
export function parseTemplate(text: string): Block[] {
  const root: OpenBlock = { kind: 'root', line: 1, body: [], block: undefined, hasElse: false };
  const result = root.body;
  const stack: OpenBlock[] = [root];
  for (const piece of cut(text)) {
    const open = stack.at(-1) ?? root;
    if (piece.kind === 'text') open.body.push(piece);
    else if (piece.kind === 'output') open.body.push(output(piece.source, piece.line));
    else statement(piece.source, piece.line, stack);
  }
  const unclosed = stack.at(-1);
  if (unclosed && unclosed !== root) {
    throw new TemplateError(`Missing {% end %} block for ${unclosed.kind} at line ${unclosed.line}`);
  }
  return result;
}

function output(source: string, line: number): Block {
  return { kind: 'output', expression: parseExpression(source, line), source, line };
}

function statement(source: string, line: number, stack: OpenBlock[]): void {
  const [, word = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(source) ?? [];
  const open = stack.at(-1);
  if (!open) return;
  if (word === 'if') {
    const branch = { test: condition(rest, line), body: [] as Block[] };
    const block: Block = { kind: 'if', branches: [branch], otherwise: [] };
    open.body.push(block);
    stack.push({ kind: 'if', line, body: branch.body, block, hasElse: false });
  } else if (word === 'elif') {
    if (open.block?.kind !== 'if' || open.hasElse)
      throw new TemplateError(`elif outside if block, line ${line}`);
    const branch = { test: condition(rest, line), body: [] as Block[] };
    open.block.branches.push(branch);
    open.body = branch.body;
  } else if (word === 'else') {
    if (open.block?.kind !== 'if' || open.hasElse)
      throw new TemplateError(`else outside if block, line ${line}`);
    open.hasElse = true;
    open.body = open.block.otherwise;
  } else if (word === 'for') {
    const block: Block = { kind: 'for', ...parseForHeader(rest, line), body: [], line };
    open.body.push(block);
    stack.push({ kind: 'for', line, body: block.body, block, hasElse: false });
  } else if (word === 'end') {
    if (open.kind === 'root') throw new TemplateError(`Extra {% end %} block, line ${line}`);
    stack.pop();
  } else {
    open.body.push(simpleStatement(word, rest, line, stack));
  }
}

function simpleStatement(word: string, rest: string, line: number, stack: readonly OpenBlock[]): Block {
  if (word === 'set') {
    const [, name, value] = /^([A-Za-z_]\w*)\s*=(?!=)\s*(.+)$/s.exec(rest) ?? [];
    if (name === undefined || value === undefined)
      throw new TemplateError(`invalid set statement, line ${line}`);
    return { kind: 'set', name, value: parseExpression(value, line) };
  }
  if (word === 'break' || word === 'continue') {
    if (!stack.some((open) => open.kind === 'for'))
      throw new TemplateError(`${word} outside for block, line ${line}`);
    return { kind: word };
  }
  if (forbidden.has(word)) throw new TemplateError(`${word} is forbidden at <string>:${line}`);
  if (unsupported.has(word)) {
    throw new TemplateError(`{% ${word} %} is not supported by the local server, line ${line}`);
  }
  throw new TemplateError(`unknown operator: '${word}', line ${line}`);
}

function condition(source: string, line: number): Expression {
  if (source.trim() === '') throw new TemplateError(`if needs a condition, line ${line}`);
  return parseExpression(source.replace(/:\s*$/, ''), line);
}

/** Splits the text at `{{ }}`, `{% %}` and `{# #}`. */
function cut(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let line = 1;
  let counted = 0;
  while (at < text.length) {
    const opening = /\{[{%#]/g;
    opening.lastIndex = at;
    const open = opening.exec(text);
    if (!open) {
      pieces.push({ kind: 'text', text: text.slice(at) });
      break;
    }
    const start = open.index;
    if (start > at) pieces.push({ kind: 'text', text: text.slice(at, start) });
    // Continues from the last piece: counting from the start each time would take ever longer.
    for (; counted < start; counted += 1) if (text.charAt(counted) === '\n') line += 1;
    if (text.charAt(start + 2) === '!') {
      // `{{!` is a literal `{{`.
      pieces.push({ kind: 'text', text: open[0] });
      at = start + 3;
      continue;
    }
    const close = open[0] === '{{' ? '}}' : open[0] === '{%' ? '%}' : '#}';
    const end = open[0] === '{#' ? text.indexOf(close, start + 2) : findClose(text, start + 2, close);
    if (end < 0) throw new TemplateError(`Missing end ${close}, line ${line}`);
    const source = text.slice(start + 2, end).trim();
    if (open[0] !== '{#') {
      if (source === '') throw new TemplateError(`Empty ${open[0]} ${close} block, line ${line}`);
      pieces.push({ kind: open[0] === '{{' ? 'output' : 'statement', source, line });
    }
    at = end + 2;
  }
  return pieces;
}

function findClose(text: string, from: number, close: string): number {
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === "'" || char === '"') {
      quote = char;
    } else if (text.startsWith(close, at)) {
      return at;
    }
  }
  return -1;
}
