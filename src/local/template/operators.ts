/** Python's operators for the values of templates. */
import { TemplateError } from './error.js';
import { MOST_ITEMS, MOST_LENGTH, tooLarge } from './limits.js';
import type { BinaryOperator, Comparison } from './syntax.js';
import { plain, pythonString, typeName, type Value } from './values.js';

type Number_ = bigint | number;

function asNumber(value: Value): Number_ | undefined {
  const one = plain(value);
  if (typeof one === 'boolean') return one ? 1n : 0n;
  return typeof one === 'bigint' || typeof one === 'number' ? one : undefined;
}

/** Python's `==`. */
function isEqual(left: Value, right: Value): boolean {
  const [a, b] = [plain(left), plain(right)];
  const [x, y] = [asNumber(a), asNumber(b)];
  // eslint-disable-next-line eqeqeq -- 1 == 1.0 in Python; JavaScript compares bigint with number this way
  if (x !== undefined && y !== undefined) return x == y;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index] ?? null));
  }
  if (a instanceof Map && b instanceof Map) {
    return (
      a.size === b.size && [...a].every(([key, item]) => b.has(key) && isEqual(item, b.get(key) ?? null))
    );
  }
  return a === b;
}

/** Below, at or above zero, for sorting. Throws for values that Python cannot compare. */
export function compareValues(left: Value, right: Value, operator = '<'): number {
  const [a, b] = [plain(left), plain(right)];
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new TemplateError(
    `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}

/** Python's comparison operators. */
export function compare(operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case 'is':
      return isEqual(left, right);
    case 'is not':
      return !isEqual(left, right);
    case '<':
      return compareValues(left, right, operator) < 0;
    case '<=':
      return compareValues(left, right, operator) <= 0;
    case '>':
      return compareValues(left, right, operator) > 0;
    case '>=':
      return compareValues(left, right, operator) >= 0;
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
  }
}

function contains(container: Value, item: Value): boolean {
  const one = plain(container);
  if (typeof one === 'string') return one.includes(pythonString(item));
  if (Array.isArray(one)) return one.some((other) => isEqual(other, item));
  if (one instanceof Map) return one.has(pythonString(item));
  throw new TemplateError(`argument of type '${typeName(one)}' is not iterable`);
}

/** The largest integer that a template may compute. */
const LARGEST = 2n ** 4096n;

/** Python's arithmetic, and `+` on text and lists. Throws if a value would become too large. */
export function arithmetic(operator: BinaryOperator, left: Value, right: Value): Value {
  const value = calculate(operator, left, right);
  const isLarge =
    typeof value === 'bigint'
      ? value > LARGEST || value < -LARGEST
      : typeof value === 'string'
        ? value.length > MOST_LENGTH
        : Array.isArray(value) && value.length > MOST_ITEMS;
  if (isLarge) throw tooLarge();
  return value;
}

function calculate(operator: BinaryOperator, left: Value, right: Value): Value {
  const [a, b] = [plain(left), plain(right)];
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (operator === '+' && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (operator === '*') {
    const repeated = repeat(a, b) ?? repeat(b, a);
    if (repeated !== undefined) return repeated;
  }
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x === undefined || y === undefined) {
    throw new TemplateError(
      `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
    );
  }
  if (['/', '//', '%'].includes(operator) && Number(y) === 0) throw new TemplateError('division by zero');
  return typeof x === 'bigint' && typeof y === 'bigint'
    ? onIntegers(operator, x, y)
    : onFloats(operator, Number(x), Number(y));
}

/** A text or list several times; undefined if these are not such a value and an integer. */
function repeat(value: Value, times: Value): Value | undefined {
  if (typeof times !== 'bigint' || (typeof value !== 'string' && !Array.isArray(value))) return undefined;
  const most = Array.isArray(value) ? MOST_ITEMS : MOST_LENGTH;
  const count = times > 0n ? times : 0n;
  if (BigInt(value.length) * count > BigInt(most)) throw tooLarge();
  if (typeof value === 'string') return value.repeat(Number(count));
  return Array.from({ length: Number(count) }, () => value).flat(1);
}

// Apart from onFloats although four operators look alike: TypeScript has no arithmetic over "bigint or number".
function onIntegers(operator: BinaryOperator, x: bigint, y: bigint): Value {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return Number(x) / Number(y);
    case '//':
      return x / y - (x % y !== 0n && x < 0n !== y < 0n ? 1n : 0n);
    case '%':
      return ((x % y) + y) % y;
  }
}

function onFloats(operator: BinaryOperator, x: number, y: number): Value {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case '//':
      return Math.floor(x / y);
    case '%':
      return ((x % y) + y) % y;
  }
}
