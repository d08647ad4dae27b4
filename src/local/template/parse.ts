/** Parses the text of a template into blocks. */
import { TemplateError } from './error.js';
import { parseExpression, parseExpressions, parseForHeader } from './expression.js';
import type { Block, Expression } from './syntax.js';

type Piece = { kind: 'text'; text: string } | { kind: 'output' | 'statement'; source: string; line: number };

interface OpenBlock {
  kind: 'root' | 'if' | 'for' | 'while' | 'try';
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
  const [, word = '', text = ''] = /^(\w+)\s*(.*)$/s.exec(source) ?? [];
  const open = stack.at(-1);
  if (!open) return;
  const rest = text.replace(/:\s*$/, '');
  const push = (kind: OpenBlock['kind'], block: Block, body: Block[]) => {
    open.body.push(block);
    stack.push({ kind, line, body, block, hasElse: false });
  };
  if (word === 'if') {
    const branch = { test: condition(word, rest, line), body: [] as Block[] };
    push('if', { kind: 'if', branches: [branch], otherwise: [] }, branch.body);
  } else if (word === 'for') {
    const body: Block[] = [];
    push('for', { kind: 'for', ...parseForHeader(rest, line), body, line }, body);
  } else if (word === 'while') {
    const body: Block[] = [];
    push('while', { kind: 'while', test: condition(word, rest, line), body }, body);
  } else if (word === 'try') {
    const body: Block[] = [];
    push('try', { kind: 'try', body, handler: undefined, otherwise: [], last: [] }, body);
  } else if (['elif', 'else', 'except', 'finally'].includes(word)) {
    open.body = nextPart(word, rest, line, open);
  } else if (word === 'end') {
    if (open.kind === 'root') throw new TemplateError(`Extra {% end %} block, line ${line}`);
    stack.pop();
  } else {
    open.body.push(simpleStatement(word, text, line, stack));
  }
}

/** The body of a further part of the open block. */
function nextPart(word: string, rest: string, line: number, open: OpenBlock): Block[] {
  const { block } = open;
  if (block?.kind === 'if' && !open.hasElse && word === 'elif') {
    const branch = { test: condition(word, rest, line), body: [] as Block[] };
    block.branches.push(branch);
    return branch.body;
  }
  if ((block?.kind === 'if' || block?.kind === 'try') && !open.hasElse && word === 'else') {
    open.hasElse = true;
    return block.otherwise;
  }
  if (block?.kind === 'try' && word === 'except') {
    const [, , name] = /^([A-Za-z_][\w.]*)?(?:\s+as\s+([A-Za-z_]\w*))?$/.exec(rest.trim()) ?? [];
    // All errors of templates are of one kind, so a second except could never be reached.
    if (block.handler) throw new TemplateError(`only one except is supported, line ${line}`);
    block.handler = { name, body: [] };
    return block.handler.body;
  }
  if (block?.kind === 'try' && word === 'finally') return block.last;
  const owner = word === 'except' || word === 'finally' ? 'try' : 'if';
  throw new TemplateError(`${word} outside ${owner} block, line ${line}`);
}

function simpleStatement(word: string, rest: string, line: number, stack: readonly OpenBlock[]): Block {
  if (word === 'comment') return { kind: 'text', text: '' };
  if (word === 'set') return assignment(rest, line);
  if (word === 'break' || word === 'continue') {
    if (!stack.some((open) => open.kind === 'for' || open.kind === 'while'))
      throw new TemplateError(`${word} outside for block, line ${line}`);
    return { kind: word };
  }
  if (forbidden.has(word)) throw new TemplateError(`${word} is forbidden at <string>:${line}`);
  throw new TemplateError(`unknown operator: '${word}', line ${line}`);
}

/** `name = value`, `a, b = value` or `name += value`. */
function assignment(source: string, line: number): Block {
  const [, target = '', operator, value] =
    /^([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*([-+*]?)=(?!=)\s*(.+)$/s.exec(source) ?? [];
  const names = target.split(',').map((name) => name.trim());
  const [only = ''] = names;
  if (value === undefined || (operator !== '' && names.length > 1)) {
    throw new TemplateError(`invalid set statement, line ${line}`);
  }
  const expression = parseExpressions(value, line);
  if (operator === '+' || operator === '-' || operator === '*') {
    const left = { kind: 'name' as const, name: only };
    return { kind: 'set', names, value: { kind: 'binary', operator, left, right: expression }, line };
  }
  return { kind: 'set', names, value: expression, line };
}

function condition(word: string, source: string, line: number): Expression {
  if (source.trim() === '') throw new TemplateError(`${word} needs a condition, line ${line}`);
  return parseExpression(source, line);
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
