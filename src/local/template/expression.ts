/** Parses the Python-like expressions of templates. */
import { TemplateError } from './error.js';
import type { BinaryOperator, Comparison, Expression, Loop } from './syntax.js';
import { tokenize, type Token } from './tokens.js';

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);
const keywords = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);
const constants = new Map<string, null | boolean>([
  ['None', null],
  ['True', true],
  ['False', false],
  // Not Python in lower case, but the SDK writes boolean defaults this way.
  ['null', null],
  ['true', true],
  ['false', false],
]);

/** Parses one Python-like expression. Throws a TemplateError. */
export function parseExpression(source: string, line: number): Expression {
  const parser = new Parser(tokenize(source, line), line);
  const expression = parser.expression();
  parser.expectEnd();
  return expression;
}

/** Parses an expression, or several with commas between them, which are a list. Throws a TemplateError. */
export function parseExpressions(source: string, line: number): Expression {
  const parser = new Parser(tokenize(source, line), line);
  const expression = parser.expressions();
  parser.expectEnd();
  return expression;
}

/** Parses `a, b in items` of a for statement: the names and the expression after `in`. */
export function parseForHeader(source: string, line: number): Loop {
  const match = /^\(?\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*\)?\s+in\s+(.+)$/s.exec(source.trim());
  if (!match?.[1] || !match[2]) throw new TemplateError(`invalid for statement, line ${line}`);
  return { names: match[1].split(',').map((name) => name.trim()), items: parseExpressions(match[2], line) };
}

class Parser {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly line: number,
  ) {}

  expression(): Expression {
    const yes = this.or();
    if (!this.takeWord('if')) return yes;
    const test = this.or();
    if (!this.takeWord('else')) throw this.invalid();
    return { kind: 'conditional', test, yes, no: this.expression() };
  }

  /** `a`, or the list `a, b`. */
  expressions(): Expression {
    const first = this.expression();
    if (!this.takeOperator(',')) return first;
    const items = [first];
    while (this.peek().kind !== 'end') {
      items.push(this.expression());
      if (!this.takeOperator(',')) break;
    }
    return { kind: 'list', items };
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.invalid();
  }

  private or(): Expression {
    let left = this.and();
    while (this.takeWord('or')) left = { kind: 'logical', operator: 'or', left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.takeWord('and')) left = { kind: 'logical', operator: 'and', left, right: this.not() };
    return left;
  }

  private not(): Expression {
    if (this.takeWord('not')) return { kind: 'unary', operator: 'not', operand: this.not() };
    return this.comparison();
  }

  private comparison(): Expression {
    const first = this.sum();
    const rest: { operator: Comparison; operand: Expression }[] = [];
    for (let operator = this.takeComparison(); operator; operator = this.takeComparison()) {
      rest.push({ operator, operand: this.sum() });
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest };
  }

  private takeComparison(): Comparison | undefined {
    const token = this.peek();
    if (token.kind === 'operator' && comparisons.has(token.text)) {
      this.at += 1;
      return token.text as Comparison;
    }
    if (this.takeWord('in')) return 'in';
    if (this.takeWord('is')) return this.takeWord('not') ? 'is not' : 'is';
    if (this.isWord('not') && this.isWord('in', 1)) {
      this.at += 2;
      return 'not in';
    }
    return undefined;
  }

  private sum(): Expression {
    return this.binary(['+', '-'], () => this.product());
  }

  private product(): Expression {
    return this.binary(['*', '//', '/', '%'], () => this.unary());
  }

  private binary(operators: readonly BinaryOperator[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const token = this.peek();
      const operator = token.kind === 'operator' ? operators.find((one) => one === token.text) : undefined;
      if (operator === undefined) return left;
      this.at += 1;
      left = { kind: 'binary', operator, left, right: operand() };
    }
  }

  private unary(): Expression {
    if (this.takeOperator('-')) return { kind: 'unary', operator: '-', operand: this.unary() };
    if (this.takeOperator('+')) return { kind: 'unary', operator: '+', operand: this.unary() };
    const operand = this.postfix();
    if (this.isOperator('**')) throw new TemplateError(`Invalid BinOp: Pow(), line ${this.line}`);
    return operand;
  }

  private postfix(): Expression {
    let expression = this.primary();
    for (;;) {
      if (this.takeOperator('(')) {
        expression = this.call(expression);
      } else if (this.takeOperator('[')) {
        expression = this.subscript(expression);
      } else if (this.takeOperator('.')) {
        expression = { kind: 'attribute', object: expression, name: this.name() };
      } else {
        return expression;
      }
    }
  }

  private call(target: Expression): Expression {
    const args: Expression[] = [];
    const named = new Map<string, Expression>();
    while (!this.takeOperator(')')) {
      const token = this.peek();
      if (token.kind === 'name' && this.isOperator('=', 1)) {
        this.at += 2;
        named.set(token.text, this.expression());
      } else {
        if (named.size > 0) throw this.invalid();
        const arg = this.expression();
        args.push(this.isWord('for') ? this.comprehension(arg) : arg);
      }
      if (!this.takeOperator(',') && !this.isOperator(')')) throw this.invalid();
    }
    return { kind: 'call', target, args, named, line: this.line };
  }

  private subscript(object: Expression): Expression {
    const from = this.isOperator(':') ? undefined : this.expression();
    if (this.takeOperator(':')) {
      const to = this.isOperator(']') ? undefined : this.expression();
      if (!this.takeOperator(']')) throw this.invalid();
      return { kind: 'slice', object, from, to };
    }
    if (!this.takeOperator(']') || !from) throw this.invalid();
    return { kind: 'index', object, index: from };
  }

  private primary(): Expression {
    const token = this.peek();
    this.at += 1;
    if (token.kind === 'integer') return { kind: 'literal', value: BigInt(token.text) };
    if (token.kind === 'float') return { kind: 'literal', value: Number(token.text) };
    if (token.kind === 'string') return { kind: 'literal', value: this.joinedStrings(token.text) };
    if (token.kind === 'name') return this.nameOrConstant(token.text);
    if (token.text === '(') return this.parenthesised();
    if (token.text === '[') return this.list();
    if (token.text === '{') return this.dict();
    throw this.invalid();
  }

  private joinedStrings(first: string): string {
    let text = first;
    for (let next = this.peek(); next.kind === 'string'; next = this.peek()) {
      text += next.text;
      this.at += 1;
    }
    return text;
  }

  private nameOrConstant(name: string): Expression {
    const constant = constants.get(name);
    if (constant !== undefined) return { kind: 'literal', value: constant };
    if (keywords.has(name)) {
      throw new TemplateError(
        `invalid syntax: "${name}" is a reserved word and cannot be a parameter name, line ${this.line}`,
      );
    }
    return { kind: 'name', name };
  }

  private parenthesised(): Expression {
    if (this.takeOperator(')')) return { kind: 'list', items: [] };
    const first = this.expression();
    if (this.takeOperator(')')) return first;
    if (!this.takeOperator(',')) throw this.invalid();
    return { kind: 'list', items: [first, ...this.items(')')] };
  }

  private list(): Expression {
    if (this.takeOperator(']')) return { kind: 'list', items: [] };
    const first = this.expression();
    if (this.isWord('for')) {
      const comprehension = this.comprehension(first);
      if (!this.takeOperator(']')) throw this.invalid();
      return comprehension;
    }
    if (!this.takeOperator(',') && !this.isOperator(']')) throw this.invalid();
    return { kind: 'list', items: [first, ...this.items(']')] };
  }

  /** `for a, b in items if test`, after the item. */
  private comprehension(item: Expression): Expression {
    this.takeWord('for');
    const names = [this.name()];
    while (this.takeOperator(',')) names.push(this.name());
    if (!this.takeWord('in')) throw this.invalid();
    const items = this.or();
    const test = this.takeWord('if') ? this.or() : undefined;
    return { kind: 'comprehension', item, loop: { names, items }, test, line: this.line };
  }

  private items(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.takeOperator(close)) {
      items.push(this.expression());
      if (!this.takeOperator(',') && !this.isOperator(close)) throw this.invalid();
    }
    return items;
  }

  private dict(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.takeOperator('}')) {
      const key = this.expression();
      if (!this.takeOperator(':')) throw this.invalid();
      entries.push([key, this.expression()]);
      if (!this.takeOperator(',') && !this.isOperator('}')) throw this.invalid();
    }
    return { kind: 'dict', entries };
  }

  private name(): string {
    const token = this.peek();
    if (token.kind !== 'name') throw this.invalid();
    this.at += 1;
    return token.text;
  }

  private peek(ahead = 0): Token {
    return this.tokens[this.at + ahead] ?? { kind: 'end', text: '' };
  }

  private isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'name' && token.text === word;
  }

  private takeWord(word: string): boolean {
    const isNext = this.isWord(word);
    if (isNext) this.at += 1;
    return isNext;
  }

  private isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.text === text;
  }

  private takeOperator(text: string): boolean {
    const isNext = this.isOperator(text);
    if (isNext) this.at += 1;
    return isNext;
  }

  private invalid(): TemplateError {
    const token = this.peek();
    const found = token.kind === 'end' ? 'the end of the expression' : `"${token.text}"`;
    return new TemplateError(`invalid syntax: unexpected ${found}, line ${this.line}`);
  }
}
