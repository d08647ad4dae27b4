/** Zod schemas of the rows that pipes return, derived from their output definitions. */
import type { AnyTypeValidator, OutputDefinition } from '@tinybirdco/sdk';
import * as z from 'zod/mini';

/** The parts of a pipe definition that its row schema needs. */
interface Answering<O extends OutputDefinition> {
  readonly _name: string;
  readonly _output?: O;
}

/** The schema of a pipe's row: exactly its outputs, each with its type. */
export type RowSchema<O extends OutputDefinition> = z.ZodMiniObject<
  { [K in keyof O]: z.ZodMiniType<O[K]['_type']> },
  z.core.$strict
>;

/**
 * The schema of one row of a pipe. Strict: an extra column is refused.
 *
 * @throws {TypeError} for an output whose type has no JSON form here, and for a pipe without outputs
 *
 * @example
 * ```ts
 * import { costTotal } from 'atel';
 * import { rowSchema } from 'atel/schemas';
 *
 * const row = rowSchema(costTotal);
 * console.log(Object.keys(row.shape));
 * ```
 */
export function rowSchema<O extends OutputDefinition>(pipe: Answering<O>): RowSchema<O> {
  if (pipe._output === undefined) throw new TypeError(`${pipe._name} has no outputs to make a schema of`);
  const row = strictRow(pipe._output);
  // Each column has the type of its definition, but the compiler cannot see that through the loop.
  return row.check(z.meta({ pipe: pipe._name, title: `A row of ${pipe._name}` })) as RowSchema<O>;
}

/**
 * The schema of all rows of an answer.
 *
 * @example
 * ```ts
 * import { costByModel } from 'atel';
 * import { rowsSchema } from 'atel/schemas';
 *
 * const answer: unknown = JSON.parse('[]');
 * for (const { model, total_cost_usd } of rowsSchema(costByModel).parse(answer)) console.log(model, total_cost_usd);
 * ```
 */
export function rowsSchema<O extends OutputDefinition>(pipe: Answering<O>): z.ZodMiniArray<RowSchema<O>> {
  return z.array(rowSchema(pipe)).check(z.meta({ pipe: pipe._name, title: `Rows of ${pipe._name}` }));
}

function strictRow(columns: OutputDefinition) {
  const schemas = Object.entries(columns).map(([name, column]) => [name, outputSchema(column)] as const);
  return z.strictObject(Object.fromEntries(schemas));
}

function outputSchema(column: AnyTypeValidator): z.ZodMiniType {
  const words: unknown = 'words' in column ? column.words : undefined;
  if (Array.isArray(words)) return z.enum(words as string[]);
  // A list of rows (listOf).
  if ('columns' in column) return z.array(strictRow(column.columns as OutputDefinition));
  return typeSchema(column._tinybirdType);
}

/** The schema of a ClickHouse type's value in Tinybird's JSON. */
function typeSchema(type: string): z.ZodMiniType {
  const [, name = '', inside = ''] = /^(\w+)(?:\((.*)\))?$/.exec(type) ?? [];
  if (/^Int(?:8|16|32|64)$/.test(name)) return z.int();
  if (/^UInt(?:8|16|32|64)$/.test(name)) return z.int().check(z.gte(0));
  if (/^Float(?:32|64)$/.test(name)) return z.number();
  switch (name) {
    case 'String':
      return z.string();
    case 'Bool':
      return z.boolean();
    case 'Date':
      return z.iso.date();
    case 'DateTime':
    case 'DateTime64':
      return z.string().check(z.regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/));
    case 'Nullable':
      return z.nullable(typeSchema(inside));
    case 'LowCardinality':
      return typeSchema(inside);
    case 'Array':
      return z.array(typeSchema(inside));
    case 'Tuple': {
      const [first, ...rest] = members(inside).map(typeSchema);
      return first === undefined ? z.tuple([]) : z.tuple([first, ...rest]);
    }
    default:
      throw new TypeError(`no schema for a column of type ${type}`);
  }
}

/** The types of a tuple, split at the commas outside of brackets. */
function members(types: string): string[] {
  const found = [''];
  let depth = 0;
  for (const letter of types) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) found.push('');
    else found.push(`${found.pop() ?? ''}${letter}`);
  }
  return found.map((type) => type.trim());
}
