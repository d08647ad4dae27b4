/** Renders a parsed template. */
import type { Context } from './context.js';
import { isCheck } from './context.js';
import { TemplateError } from './error.js';
import { templateFunctions } from './functions.js';
import { arithmetic, compare } from './operators.js';
import { callMethod, itemOf, sliceOf } from './python.js';
import type { Block, Expression } from './syntax.js';
import { isTrue, plain, pythonString, toList, toSql, type Value } from './values.js';

/** Renders blocks to SQL. Throws a TemplateError, or the ApiError that the template itself raises. */
export function renderBlocks(blocks: readonly Block[], context: Context): string {
  const out: string[] = [];
  run(blocks, context, out);
  return out.join('');
}

type Flow = 'next' | 'break' | 'continue';

function run(blocks: readonly Block[], context: Context, out: string[]): Flow {
  for (const block of blocks) {
    context.budget -= 1;
    if (context.budget < 0) throw new TemplateError('the template takes too many steps');
    const flow = runBlock(block, context, out);
    if (flow !== 'next') return flow;
  }
  return 'next';
}

function runBlock(block: Block, context: Context, out: string[]): Flow {
  switch (block.kind) {
    case 'text':
      out.push(block.text);
      return 'next';
    case 'output':
      out.push(write(block.expression, block.source, context));
      return 'next';
    case 'if': {
      const branch = block.branches.find(({ test }) => isTrue(evaluate(test, context)));
      return run(branch ? branch.body : block.otherwise, context, out);
    }
    case 'for':
      return runFor(block, context, out);
    case 'set':
      context.names.set(block.name, evaluate(block.value, context));
      return 'next';
    case 'break':
    case 'continue':
      return block.kind;
  }
}

function runFor(block: Extract<Block, { kind: 'for' }>, context: Context, out: string[]): Flow {
  const value = evaluate(block.items, context);
  const items = value === null && isCheck(context) ? ['__no_value__'] : toList(value, 'for');
  for (const item of items) {
    const [only, ...others] = block.names;
    if (only !== undefined && others.length === 0) {
      context.names.set(only, item);
    } else {
      const parts = toList(item, 'for');
      if (parts.length !== block.names.length)
        throw new TemplateError(`for: cannot unpack, line ${block.line}`);
      block.names.forEach((name, index) => context.names.set(name, parts[index] ?? null));
    }
    if (run(block.body, context, out) === 'break') break;
  }
  return 'next';
}

function write(expression: Expression, source: string, context: Context): string {
  const value = evaluate(expression, context);
  if (value !== null) return toSql(value);
  if (isCheck(context)) return toSql('__no_value__');
  const shown = source.length > 20 ? `${source.slice(0, 20)}…` : source;
  throw new TemplateError(`expression "${shown}" evaluated to null`);
}

function evaluate(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return context.names.get(expression.name) ?? null;
    case 'list':
      return expression.items.map((item) => evaluate(item, context));
    case 'dict':
      return new Map(
        expression.entries.map(([key, item]) => [
          pythonString(evaluate(key, context)),
          evaluate(item, context),
        ]),
      );
    case 'unary': {
      const operand = evaluate(expression.operand, context);
      if (expression.operator === 'not') return !isTrue(operand);
      return arithmetic(expression.operator, 0n, operand);
    }
    case 'binary':
      return arithmetic(
        expression.operator,
        evaluate(expression.left, context),
        evaluate(expression.right, context),
      );
    case 'logical': {
      const left = evaluate(expression.left, context);
      return isTrue(left) === (expression.operator === 'or') ? left : evaluate(expression.right, context);
    }
    case 'compare':
      return evaluateCompare(expression, context);
    case 'conditional':
      return evaluate(isTrue(evaluate(expression.test, context)) ? expression.yes : expression.no, context);
    case 'index':
      return itemOf(evaluate(expression.object, context), evaluate(expression.index, context), 1);
    case 'slice':
      return sliceOf(
        evaluate(expression.object, context),
        expression.from ? evaluate(expression.from, context) : null,
        expression.to ? evaluate(expression.to, context) : null,
        1,
      );
    case 'attribute':
      return evaluateAttribute(expression, context);
    case 'call':
      return evaluateCall(expression, context);
  }
}

function evaluateCompare(expression: Extract<Expression, { kind: 'compare' }>, context: Context): Value {
  let left = evaluate(expression.first, context);
  for (const { operator, operand } of expression.rest) {
    const right = evaluate(operand, context);
    // In a build check, a missing parameter cannot be compared; both branches of an if are checked in another way.
    if (isCheck(context) && (left === null || right === null) && !operator.startsWith('is')) return false;
    if (!compare(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function evaluateAttribute(expression: Extract<Expression, { kind: 'attribute' }>, context: Context): Value {
  const object = plain(evaluate(expression.object, context));
  if (object instanceof Map) return object.get(expression.name) ?? null;
  throw new TemplateError(`attribute '${expression.name}' is not available`);
}

function evaluateCall(expression: Extract<Expression, { kind: 'call' }>, context: Context): Value {
  const { target, line } = expression;
  const args = expression.args.map((arg) => evaluate(arg, context));
  if (target.kind === 'attribute')
    return callMethod(evaluate(target.object, context), target.name, args, line);
  if (target.kind !== 'name') throw new TemplateError(`expression is not a function, line ${line}`);
  const call = templateFunctions.get(target.name);
  if (!call) throw new TemplateError(`'${target.name}' is not a valid function, line ${line}`);
  const named = new Map([...expression.named].map(([key, item]) => [key, evaluate(item, context)]));
  return call({ args, named, context, line });
}
