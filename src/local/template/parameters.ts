/** Finds the parameters that a template reads. */
import { templateFunctions } from './functions.js';
import { TemplateError } from './error.js';
import type { Block, Expression } from './syntax.js';
import { parameterTypes } from './types.js';

/** A request parameter that a template reads. */
export interface Parameter {
  name: string;
  type: string;
  /** The default as written; undefined if there is none. */
  default: string | number | boolean | undefined;
  required: boolean;
  description: string | undefined;
}

const forbiddenNames = new Set(['q', 'format']);
const typeFunctions = new Set([
  ...parameterTypes.keys(),
  'Array',
  'Boolean',
  'bool',
  'JSON',
  'column',
  'columns',
]);
const nameFunctions = new Set(['symbol', 'Symbol', 'Column', 'table', 'TABLE']);

/**
 * The parameters of a template, in the order in which they are read. Throws a TemplateError for an unknown function, so
 * that a build finds errors that only some requests would reach.
 */
export function collectParameters(blocks: readonly Block[]): Parameter[] {
  const found = new Map<string, Parameter>();
  const locals = new Set<string>();
  const visit = (expression: Expression) => visitExpression(expression, found, locals);
  const visitBlocks = (list: readonly Block[]): void => {
    for (const block of list) {
      if (block.kind === 'output') visit(block.expression);
      if (block.kind === 'set') {
        visit(block.value);
        locals.add(block.name);
      }
      if (block.kind === 'for') {
        visit(block.items);
        block.names.forEach((name) => locals.add(name));
        visitBlocks(block.body);
      }
      if (block.kind === 'if') {
        for (const branch of block.branches) {
          visit(branch.test);
          visitBlocks(branch.body);
        }
        visitBlocks(block.otherwise);
      }
    }
  };
  visitBlocks(blocks);
  return [...found.values()];
}

function visitExpression(
  expression: Expression,
  found: Map<string, Parameter>,
  locals: ReadonlySet<string>,
): void {
  if (expression.kind === 'name' && forbiddenNames.has(expression.name) && !locals.has(expression.name)) {
    throw new TemplateError(`"${expression.name}" can not be used as a variable name, line 1`);
  }
  if (expression.kind === 'call') visitCall(expression, found, locals);
  for (const child of childrenOf(expression)) visitExpression(child, found, locals);
}

function visitCall(
  call: Extract<Expression, { kind: 'call' }>,
  found: Map<string, Parameter>,
  locals: ReadonlySet<string>,
): void {
  if (call.target.kind !== 'name') return;
  const type = call.target.name;
  if (!templateFunctions.has(type))
    throw new TemplateError(`'${type}' is not a valid function, line ${call.line}`);
  const first = call.args[0];
  if (!typeFunctions.has(type) && !nameFunctions.has(type)) return;
  if (first?.kind !== 'name' || locals.has(first.name)) return;
  const fallback = call.named.get('default') ?? call.args[type === 'Array' ? 2 : 1];
  const description = literalOf(call.named.get('description'));
  const known = found.get(first.name);
  if (known && (known.default !== undefined || !fallback)) return;
  found.set(first.name, {
    name: first.name,
    type: type === 'Array' ? `Array(${String(literalOf(call.args[1]) ?? 'String')})` : type,
    default: literalOf(fallback),
    required: !fallback && literalOf(call.named.get('required')) !== false,
    description: typeof description === 'string' ? description : undefined,
  });
}

function literalOf(expression: Expression | undefined): string | number | boolean | undefined {
  if (!expression) return undefined;
  if (expression.kind === 'unary' && expression.operator === '-') {
    const value = literalOf(expression.operand);
    return typeof value === 'number' ? -value : undefined;
  }
  if (expression.kind !== 'literal') return undefined;
  const { value } = expression;
  return typeof value === 'bigint' ? Number(value) : (value ?? undefined);
}

function childrenOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'call':
      return [
        ...(expression.target.kind === 'name' ? [] : [expression.target]),
        ...expression.args,
        ...expression.named.values(),
      ];
    case 'attribute':
      return [expression.object];
    case 'index':
      return [expression.object, expression.index];
    case 'slice':
      return [expression.object, expression.from, expression.to].filter((one) => one !== undefined);
    case 'unary':
      return [expression.operand];
    case 'binary':
    case 'logical':
      return [expression.left, expression.right];
    case 'compare':
      return [expression.first, ...expression.rest.map((one) => one.operand)];
    case 'conditional':
      return [expression.test, expression.yes, expression.no];
    case 'list':
      return expression.items;
    case 'dict':
      return expression.entries.flat();
  }
}
