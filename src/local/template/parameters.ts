/** Finds the parameters that a template reads. */
import { templateFunctions } from './functions.js';
import { TemplateError } from './error.js';
import type { Block, Expression } from './syntax.js';
import { isItemType, parameterTypes } from './types.js';

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
/** A missing name of a column or table has an error of its own. */
const ownErrors = new Set([...nameFunctions, 'column', 'columns']);

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
        block.names.forEach((name) => locals.add(name));
      }
      if (block.kind === 'while') {
        visit(block.test);
        visitBlocks(block.body);
      }
      if (block.kind === 'try') {
        visitBlocks(block.body);
        if (block.handler?.name !== undefined) locals.add(block.handler.name);
        visitBlocks([...(block.handler?.body ?? []), ...block.otherwise, ...block.last]);
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

function visitExpression(expression: Expression, found: Map<string, Parameter>, locals: Set<string>): void {
  if (expression.kind === 'comprehension') expression.loop.names.forEach((name) => locals.add(name));
  if (expression.kind === 'name') visitName(expression.name, found, locals);
  if (expression.kind === 'call') visitCall(expression, found, locals);
  for (const child of childrenOf(expression)) {
    // A name that a function takes is a value of that function, not one that is written.
    const isArgument = expression.kind === 'call' && expression.args.includes(child);
    if (isArgument && child.kind === 'name') refuseName(child.name, locals);
    else visitExpression(child, found, locals);
  }
}

function refuseName(name: string, locals: ReadonlySet<string>): void {
  if (!forbiddenNames.has(name) || locals.has(name)) return;
  throw new TemplateError(`"${name}" can not be used as a variable name, line 1`);
}

/** A name outside the functions of parameters is a text that may be missing. */
function visitName(name: string, found: Map<string, Parameter>, locals: ReadonlySet<string>): void {
  refuseName(name, locals);
  if (locals.has(name) || found.has(name)) return;
  found.set(name, {
    name,
    type: 'String',
    default: undefined,
    required: false,
    description: undefined,
  });
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
  const isValue = typeFunctions.has(type);
  if (!isValue && !nameFunctions.has(type)) return;
  if (first?.kind !== 'name' || locals.has(first.name)) return;
  const { itemType, fallback } = argumentsOf(call, type);
  const required = literalOf(call.named.get('required'));
  const description = literalOf(call.named.get('description'));
  const known = found.get(first.name);
  if (known && !isBare(known) && (known.default !== undefined || !fallback)) return;
  found.set(first.name, {
    name: first.name,
    type: itemType === undefined ? type : `Array(${itemType})`,
    default: literalOf(fallback),
    required: required === true || (!fallback && required !== false),
    description: typeof description === 'string' ? description : undefined,
  });
}

/** The type of an Array's items, and the default. */
function argumentsOf(
  call: Extract<Expression, { kind: 'call' }>,
  type: string,
): { itemType: string | undefined; fallback: Expression | undefined } {
  const named = call.named.get('default');
  const [, second, third] = call.args;
  if (type !== 'Array') return { itemType: undefined, fallback: named ?? second };
  const text = literalOf(call.named.get('type') ?? second);
  const isType = typeof text === 'string' && isItemType(text);
  return { itemType: isType ? text : 'String', fallback: named ?? third ?? (isType ? undefined : second) };
}

/** Whether nothing says more about the parameter than its name. */
function isBare({ type, default: fallback, required, description }: Parameter): boolean {
  return type === 'String' && fallback === undefined && !required && description === undefined;
}

/** The parameters of several templates, without duplicates: the one that says most about each. */
export function mergeParameters(templates: Iterable<{ parameters: readonly Parameter[] }>): Parameter[] {
  const merged = new Map<string, Parameter>();
  for (const { parameters } of templates) {
    for (const parameter of parameters) {
      const known = merged.get(parameter.name);
      const isLess = known && (isBare(parameter) || known.default !== undefined);
      if (!isLess || (isBare(known) && !isBare(parameter))) merged.set(parameter.name, parameter);
    }
  }
  return [...merged.values()];
}

/**
 * The names to list if a required parameter of a template is missing: those of values without a default that the
 * template does not ask for by `defined()`.
 */
export function requiredNames({
  parameters,
  optional,
}: {
  parameters: readonly Parameter[];
  optional: ReadonlySet<string>;
}): string[] {
  return parameters
    .filter(({ name, type, default: fallback }) => {
      return fallback === undefined && !ownErrors.has(type) && !optional.has(name);
    })
    .map((one) => one.name);
}

/** The names that a template asks for by `defined(name)`. */
export function optionalNames(blocks: readonly Block[]): Set<string> {
  const names = new Set<string>();
  const visit = (expression: Expression): void => {
    if (
      expression.kind === 'call' &&
      expression.target.kind === 'name' &&
      expression.target.name === 'defined'
    ) {
      const [first] = expression.args;
      if (first?.kind === 'name') names.add(first.name);
    }
    childrenOf(expression).forEach(visit);
  };
  expressionsOf(blocks).forEach(visit);
  return names;
}

/** The expressions of blocks and of the blocks in them. */
function expressionsOf(blocks: readonly Block[]): Expression[] {
  return blocks.flatMap((block): Expression[] => {
    switch (block.kind) {
      case 'output':
        return [block.expression];
      case 'set':
        return [block.value];
      case 'while':
        return [block.test, ...expressionsOf(block.body)];
      case 'for':
        return [block.items, ...expressionsOf(block.body)];
      case 'try': {
        const { body, handler, otherwise, last } = block;
        return expressionsOf([...body, ...(handler?.body ?? []), ...otherwise, ...last]);
      }
      case 'if':
        return [
          ...block.branches.flatMap(({ test, body }) => [test, ...expressionsOf(body)]),
          ...expressionsOf(block.otherwise),
        ];
      case 'text':
      case 'break':
      case 'continue':
        return [];
    }
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
    case 'comprehension':
      return [expression.loop.items, expression.item, expression.test].filter((one) => one !== undefined);
    case 'dict':
      return expression.entries.flat();
  }
}
