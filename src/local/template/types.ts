/** The parameter types of templates. */
import { TemplateError } from './error.js';
import { isTrue, plain, pythonString, quoteString, Sql, type Value } from './values.js';

/** One parameter type: how a value is checked and written, and its stand-in for build checks. */
export interface ParameterType {
  name: string;
  /** SQL and value; undefined if the text is not of the type. */
  convert: (value: Exclude<Value, Sql | null>) => Sql | undefined;
  placeholder: Exclude<Value, Sql | null>;
  /** True if items of this type are quoted in an Array. */
  quoted: boolean;
}

const integerText = /^[+-]?\d+$/;
const dateText = /^\d{4}-\d\d-\d\d$/;
const dateTimeText = /^(?:\d{4}.\d\d.\d\d[T ]\d\d:\d\d:\d\d|\d\d.\d\d.\d{4}[T ]\d{1,2}:\d{1,2}:\d{1,2})/;
const dateTime64Text = /^(?:\d{4}.\d\d.\d\d[T ]\d\d:\d\d:\d\d\.\d{1,9}|\d{4}.\d\d.\d\d[T ]\d\d:\d\d:\d\d)/;

function integerType(name: string, bits: number, isSigned: boolean, isBare: boolean): ParameterType {
  const low = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const high = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  return {
    name,
    placeholder: 0n,
    quoted: false,
    convert: (value) => {
      if (typeof value === 'object') return undefined;
      const text = typeof value === 'boolean' ? (value ? '1' : '0') : pythonString(value).trim();
      if (!integerText.test(text) || (!isSigned && /^[+-]/.test(text))) return undefined;
      const number = BigInt(text.replace(/^\+/, ''));
      if (number < low || number > high) return undefined;
      return new Sql(isBare ? number.toString() : `to${name}('${number}')`, number);
    },
  };
}

function floatType(name: string): ParameterType {
  return {
    name,
    placeholder: 0,
    quoted: false,
    convert: (value) => {
      if (typeof value === 'object' || typeof value === 'boolean') return undefined;
      const text = pythonString(value).trim();
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
      return new Sql(`to${name}('${pythonString(Number(text))}')`, Number(text));
    },
  };
}

function textType(name: string, pattern: RegExp, placeholder: string): ParameterType {
  return {
    name,
    placeholder,
    quoted: true,
    convert: (value) => {
      const text = Array.isArray(value) ? value.map(pythonString).join(',') : pythonString(value);
      return pattern.test(text) ? new Sql(quoteString(text), text) : undefined;
    },
  };
}

const sizes = [8, 16, 32, 64, 128, 256];

/** The types of a single value, by their names in templates. */
export const parameterTypes: ReadonlyMap<string, ParameterType> = new Map(
  [
    ...sizes.map((bits) => integerType(`Int${bits}`, bits, true, false)),
    ...sizes.map((bits) => integerType(`UInt${bits}`, bits, false, false)),
    integerType('Int', 32, true, true),
    integerType('Integer', 32, true, true),
    floatType('Float32'),
    floatType('Float64'),
    textType('String', /^/, '__no_value__'),
    textType('UUID', /^/, '00000000-0000-0000-0000-000000000000'),
    textType('Date', dateText, '2019-01-01'),
    textType('DateTime', dateTimeText, '2019-01-01 00:00:00'),
    textType('DateTime64', dateTime64Text, '2019-01-01 00:00:00.000'),
  ].map((type): [string, ParameterType] => [type.name, type]),
);

/** A value of `type`, written as SQL. Throws an error with Tinybird's wording. */
export function convertTo(type: ParameterType, value: Exclude<Value, null>): Sql {
  const one = plain(value);
  const converted = one === null ? undefined : type.convert(one);
  if (!converted) throw new TemplateError(`Error validating '${pythonString(one)}' to type ${type.name}`);
  return converted;
}

/** The truth value of a parameter: the texts `0` and `false` are false. */
export function booleanOf(value: Value): boolean {
  const one = plain(value);
  const isFalse = typeof one === 'string' && ['0', 'false'].includes(one.toLowerCase());
  return !isFalse && isTrue(one);
}

const booleanType: ParameterType = {
  name: 'Boolean',
  placeholder: 0n,
  quoted: false,
  convert: (value) => new Sql(booleanOf(value) ? '1' : '0', booleanOf(value) ? 1n : 0n),
};

const itemTypes: ReadonlyMap<string, ParameterType> = new Map([
  ...parameterTypes,
  ['Boolean', booleanType],
  ['bool', booleanType],
]);

/** Whether the name is a type that the items of an Array can have. */
export function isItemType(name: string): boolean {
  return itemTypes.has(name);
}

/** A list (or comma-separated text) of `type`, written as a ClickHouse array. */
export function convertToArray(typeName: string, value: Exclude<Value, null>): Sql {
  const type = itemTypes.get(typeName);
  if (!type) throw new TemplateError(`Error validating Array: '${typeName}' is not a valid type`);
  const given = plain(value);
  const isText = typeof given === 'string';
  const items = isText ? given.split(',') : Array.isArray(given) ? given : undefined;
  if (!items) throw new TemplateError(`Error validating '${pythonString(given)}' to type Array(${typeName})`);
  const shown = `[${pythonString(given)}]`;
  const converted = items.map((item, index) => {
    const one = plain(item);
    // Text is split only at commas; spaces around an item of a type other than String are harmless.
    const cleaned = typeof one === 'string' && !type.quoted ? one.trim() : one;
    const result = cleaned === null ? undefined : type.convert(cleaned);
    if (result) return result;
    const text = one === '' ? 'empty string' : pythonString(one);
    throw new TemplateError(`Error validating ${shown}[${index}] (${text}) to type ${typeName}`);
  });
  const sql = converted.map((item) => (type.quoted ? item.text : pythonString(item.value)));
  return new Sql(
    `[${sql.join(',')}]`,
    converted.map((item) => item.value),
  );
}
