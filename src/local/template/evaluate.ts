/** Renders a parsed template. */
import { ApiError } from '../errors.js';
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
    spend(context);
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
    case 'while':
      return runWhile(block, context, out);
    case 'try':
      return runTry(block, context, out);
    case 'set':
      assign(block.names, evaluate(block.value, context), context, block.line);
      return 'next';
    case 'break':
    case 'continue':
      return block.kind;
  }
}

function runFor(block: Extract<Block, { kind: 'for' }>, context: Context, out: string[]): Flow {
  for (const item of itemsOf(block.items, context)) {
    assign(block.names, item, context, block.line);
    const flow = run(block.body, context, out);
    if (flow === 'break') break;
  }
  return 'next';
}

/** The items of a loop. In a build check, a missing list has three missing items. */
function itemsOf(items: Expression, context: Context): Value[] {
  const value = evaluate(items, context);
  if (value !== null || !isCheck(context)) return toList(value, 'for');
  context.hasStandIn = true;
  return Array<Value>(3).fill(null);
}

function assign(names: readonly string[], value: Value, context: Context, line: number): void {
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) {
    context.names.set(only, value);
    return;
  }
  if (value === null && isCheck(context)) {
    names.forEach((name) => context.names.set(name, null));
    return;
  }
  const parts = toList(value, 'unpacking');
  if (parts.length !== names.length) {
    throw new TemplateError(`cannot unpack ${parts.length} values into ${names.length} names, line ${line}`);
  }
  names.forEach((name, index) => context.names.set(name, parts[index] ?? null));
}

function runWhile(block: Extract<Block, { kind: 'while' }>, context: Context, out: string[]): Flow {
  while (isTrue(evaluate(block.test, context))) {
    spend(context);
    const flow = run(block.body, context, out);
    if (flow === 'break') break;
  }
  return 'next';
}

/** What the body wrote before an error stays, as in Python. */
function runTry(block: Extract<Block, { kind: 'try' }>, context: Context, out: string[]): Flow {
  let flow: Flow;
  try {
    flow = run(block.body, context, out);
    if (flow === 'next') flow = run(block.otherwise, context, out);
  } catch (error) {
    const isOwn = error instanceof ApiError && !(error instanceof LimitError);
    if (!isOwn || !block.handler) throw error;
    if (block.handler.name !== undefined) context.names.set(block.handler.name, error.message);
    flow = run(block.handler.body, context, out);
  } finally {
    run(block.last, context, out);
  }
  return flow;
}

/** An endless template is stopped; it cannot catch this error. */
class LimitError extends TemplateError {}

/** Characters and items that cost as much as one step. */
const STEP_SIZE = 200;

function spend(context: Context, steps = 1): void {
  context.budget -= steps;
  if (context.budget < 0) throw new LimitError('the template takes too many steps');
}

function write(expression: Expression, source: string, context: Context): string {
  const value = evaluate(expression, context);
  if (value !== null) {
    const text = toSql(value);
    spend(context, text.length / STEP_SIZE);
    return text;
  }
  if (isCheck(context)) {
    context.hasStandIn = true;
    return toSql('__no_value__');
  }
  const shown = source.length > 20 ? `${source.slice(0, 20)}...` : source;
  throw new TemplateError(`expression "${shown}" evaluated to null`);
}

/** The value of an expression. A large one counts as many steps, so that a loop over large values ends, too. */
function evaluate(expression: Expression, context: Context): Value {
  const value = compute(expression, context);
  if (expression.kind === 'binary' || expression.kind === 'call') {
    const one = plain(value);
    if (typeof one === 'string' || Array.isArray(one)) spend(context, one.length / STEP_SIZE);
  }
  return value;
}

function compute(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return context.names.get(expression.name) ?? null;
    case 'list':
      return expression.items.map((item) => evaluate(item, context));
    case 'comprehension':
      return comprehend(expression, context);
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
    case 'binary': {
      const [left, right] = [evaluate(expression.left, context), evaluate(expression.right, context)];
      if (expression.operator === '+' && (left === null || right === null) && isCheck(context))
        return standIn(context);
      return arithmetic(expression.operator, left, right);
    }
    case 'logical': {
      const left = evaluate(expression.left, context);
      return isTrue(left) === (expression.operator === 'or') ? left : evaluate(expression.right, context);
    }
    case 'compare':
      return evaluateCompare(expression, context);
    case 'conditional':
      return evaluate(isTrue(evaluate(expression.test, context)) ? expression.yes : expression.no, context);
    case 'index': {
      const [object, index] = [evaluate(expression.object, context), evaluate(expression.index, context)];
      if (object === null && isCheck(context)) return standIn(context);
      return itemOf(object, index, 1);
    }
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

function comprehend(expression: Extract<Expression, { kind: 'comprehension' }>, context: Context): Value {
  const { item, loop, test, line } = expression;
  const items = itemsOf(loop.items, context);
  // As in Python, the names of the loop are its own.
  const outer = loop.names.map((name) => [name, context.names.get(name) ?? null] as const);
  const result: Value[] = [];
  for (const one of items) {
    spend(context);
    assign(loop.names, one, context, line);
    if (!test || isTrue(evaluate(test, context))) result.push(evaluate(item, context));
  }
  for (const [name, value] of outer) context.names.set(name, value);
  return result;
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
  if (target.kind === 'attribute') {
    const object = evaluate(target.object, context);
    if (!isCheck(context)) return callMethod(object, target.name, args);
    if (object !== null) return callMethod(object, target.name, listsFor(target.name, args, context));
    if (target.name === 'split') return [standIn(context), standIn(context)];
    return target.name === 'startswith' || target.name === 'endswith' ? false : standIn(context);
  }
  if (target.kind !== 'name') throw new TemplateError(`expression is not a function, line ${line}`);
  const call = templateFunctions.get(target.name);
  if (!call) throw new TemplateError(`'${target.name}' is not a valid function, line ${line}`);
  const named = new Map([...expression.named].map(([key, item]) => [key, evaluate(item, context)]));
  return call({ args: listsFor(target.name, args, context), named, context, line });
}

/** In the check of a build, a part of a missing text or list is missing too. */
function standIn(context: Context): null {
  context.hasStandIn = true;
  return null;
}

const takeLists = new Set(
  'all any enumerate enumerate_with_last join len list max min reversed sorted sum tuple zip'.split(' '),
);

/** In the check with all optional parts, missing lists of a function that takes lists are two numbers. */
function listsFor(name: string, args: Value[], context: Context): Value[] {
  if (context.mode !== 'check-all' || !takeLists.has(name) || !args.includes(null)) return args;
  context.hasStandIn = true;
  return args.map((arg) => arg ?? [0n, 0n]);
}
