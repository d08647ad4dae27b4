/** Turns the records of a CSV file into rows of JSON for the row reader, which decides whether they fit. */
import type { Column } from '../datafile/types.js';
import type { CsvCell, CsvRecord } from './csv.js';
import { parseJson, writeJson } from './json.js';
import { isNullable, parseType, valueType, type TypeNode } from './type.js';

/** Returns the row as one JSON object, by column name; throws a RangeError for a record of another length. */
type CsvRowWriter = (record: CsvRecord) => string;

/** How the records of one file become rows. */
export interface CsvPlan {
  /** Whether the first record has the names of the columns. */
  hasHeader: boolean;
  write: CsvRowWriter;
}

type CellWriter = (cell: CsvCell) => string | undefined;

/**
 * The plan for a file, by its first record. That is a header if more than half of its cells are names of columns; cells
 * that are not are ignored. Without a header the cells are the columns in their order: all of them, or else those with a
 * JSON path.
 */
export function planCsv(table: readonly Column[], first: CsvRecord): CsvPlan {
  const columns = table.filter(({ materialized }) => materialized === undefined);
  const byName = new Map(columns.map((column) => [column.name, column]));
  const named = first.cells.map(({ text }) => byName.get(text.trim()));
  const known = named.filter((column) => column !== undefined);
  const hasHeader = known.length * 2 > named.length && new Set(known).size === known.length;
  if (hasHeader) return { hasHeader, write: compileWriter(named) };
  const fed = columns.filter(({ jsonPath }) => jsonPath !== undefined);
  const isFed = first.cells.length !== columns.length && first.cells.length === fed.length;
  return { hasHeader, write: compileWriter(isFed ? fed : columns) };
}

function compileWriter(columns: readonly (Column | undefined)[]): CsvRowWriter {
  const writers = columns.map(
    (column) => column && { key: JSON.stringify(column.name), write: cellWriter(column) },
  );
  return ({ cells, isTorn }) => {
    if (isTorn) throw new RangeError('The row ends inside quotes');
    if (cells.length !== writers.length) {
      throw new RangeError(`The row has ${cells.length} values, ${writers.length} are expected`);
    }
    const parts: string[] = [];
    for (const [index, cell] of cells.entries()) {
      const writer = writers[index];
      const value = writer?.write(cell);
      if (writer && value !== undefined) parts.push(`${writer.key}:${value}`);
    }
    return `{${parts.join(',')}}`;
  };
}

/** The JSON of a cell; undefined if the column gets its default. What does not fit the type stays a text. */
function cellWriter({ type, defaultExpression }: Column): CellWriter {
  const node = parseType(type);
  const isText = withoutNull(node).name === 'String';
  const write = valueWriter(withoutNull(node));
  const empty = isNullable(node) ? 'null' : '""';
  return ({ text, isQuoted }) => {
    if (!isQuoted && text === '\\N') return 'null';
    if (!isQuoted && text === '') return defaultExpression === undefined ? empty : undefined;
    if (isText) return JSON.stringify(text);
    return write(text.trim()) ?? JSON.stringify(text);
  };
}

function withoutNull(type: TypeNode): TypeNode {
  const plain = valueType(type);
  return plain.name === 'Nullable' && plain.args[0] ? valueType(plain.args[0].type) : plain;
}

/** The JSON of a text that is a value of the type; undefined if it stays a text. */
function valueWriter({ name }: TypeNode): (text: string) => string | undefined {
  if (/^U?Int(8|16|32)$/.test(name))
    return (text) => (/^[+-]?\d{1,15}$/.test(text) ? String(Number(text)) : undefined);
  if (/^B?Float(16|32|64)$/.test(name)) return numberText;
  if (name === 'Bool') return (text) => bools.get(text.toLowerCase());
  // Shorter numbers are years or days, which only a text can be.
  if (name === 'DateTime' || name === 'DateTime64') {
    return (text) => (/^\d{9,}(?:\.\d+)?$/.test(text) ? numberText(text) : undefined);
  }
  return /^(?:Array|Map|Tuple|JSON|Object|Nested|Variant|Dynamic)$/.test(name)
    ? structureText
    : () => undefined;
}

const bools = new Map([
  ['true', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['0', 'false'],
]);

function numberText(text: string): string | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? JSON.stringify(number) : undefined;
}

/** JSON, or the literal of ClickHouse with texts in single quotes: `['a', 'b']`. */
function structureText(text: string): string | undefined {
  const literal = text.replace(/'((?:[^'\\]|\\.)*)'/gs, (_, inner: string) =>
    JSON.stringify(inner.replace(/\\(.)/gs, '$1')),
  );
  for (const candidate of [text, literal]) {
    try {
      return writeJson(parseJson(candidate));
    } catch {
      // The other form may be the one.
    }
  }
  return undefined;
}
