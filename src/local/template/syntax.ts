/** The template's syntax tree. */

export type Expression =
  | { kind: 'literal'; value: null | boolean | bigint | number | string }
  | { kind: 'name'; name: string }
  | { kind: 'call'; target: Expression; args: Expression[]; named: Map<string, Expression>; line: number }
  | { kind: 'attribute'; object: Expression; name: string }
  | { kind: 'index'; object: Expression; index: Expression }
  | { kind: 'slice'; object: Expression; from: Expression | undefined; to: Expression | undefined }
  | { kind: 'unary'; operator: 'not' | '-' | '+'; operand: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'logical'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'compare'; first: Expression; rest: { operator: Comparison; operand: Expression }[] }
  | { kind: 'conditional'; test: Expression; yes: Expression; no: Expression }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'comprehension'; item: Expression; loop: Loop; test: Expression | undefined; line: number }
  | { kind: 'dict'; entries: [Expression, Expression][] };

/** `a, b in items` */
export interface Loop {
  names: string[];
  items: Expression;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'output'; expression: Expression; source: string; line: number }
  | { kind: 'if'; branches: { test: Expression; body: Block[] }[]; otherwise: Block[] }
  | { kind: 'for'; names: string[]; items: Expression; body: Block[]; line: number }
  | { kind: 'while'; test: Expression; body: Block[] }
  | { kind: 'try'; body: Block[]; handler: Handler | undefined; otherwise: Block[]; last: Block[] }
  | { kind: 'set'; names: string[]; value: Expression; line: number }
  | { kind: 'break' }
  | { kind: 'continue' };

/** `{% except Exception as name %}`: it catches every error of the template. */
interface Handler {
  name: string | undefined;
  body: Block[];
}
