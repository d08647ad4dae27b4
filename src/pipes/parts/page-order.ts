/** Lists in a fixed order that are answered page by page: each page goes on after a row, whatever was stored in the meantime. */
import { node, p, type NodeDefinition } from '@tinybirdco/sdk';
import { exactCost, exactCount, exactTime } from './exact-figures.js';
import { slice, sliceParams } from './slice.js';

/** What is compared: ascending, never null, and exactly the same in SQL and of an answered row. */
interface Compared {
  sql: (column: string) => string;
  type: 'String' | 'Int64';
  /** The same of an answered value; undefined for one that the column cannot have. */
  of: (value: unknown) => string | number | undefined;
}

/** After every known figure: these are negative or 0. */
const UNKNOWN = 1;
/** Before every known figure. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;

/** A figure of an answered value, if it has the type that it is read from. */
const ofNumber = (of: (figure: number) => number) => (value: unknown) =>
  typeof value === 'number' ? of(value) : undefined;
const ofText = (of: (text: string) => number) => (value: unknown) =>
  typeof value === 'string' ? of(value) : undefined;

/** A figure whose greatest comes first. */
const downwards = (
  sql: (column: string) => string,
  read: (value: unknown) => number | undefined,
  unknown: number,
): Compared => ({
  sql: (column) => `ifNull(-${sql(column)}, ${unknown})`,
  type: 'Int64',
  of(value) {
    if (value === null) return unknown;
    const figure = read(value);
    return figure === undefined ? undefined : 0 - figure;
  },
});

const kinds = {
  text: {
    sql: (column) => `toString(${column})`,
    type: 'String',
    of: (value) => (typeof value === 'string' ? value : undefined),
  },
  /** The row of what belongs to no part comes after all others. */
  attributed_first: {
    sql: (column) => `toInt64(${column} = 'unattributed')`,
    type: 'Int64',
    of: ofText((part) => Number(part === 'unattributed')),
  },
  most: downwards(exactCount.sql, ofNumber(exactCount.of), UNKNOWN),
  latest: downwards(exactTime.sql, ofText(exactTime.of), UNKNOWN),
  /** A day as text: 2026-11-20. */
  latest_day: downwards(
    (column) => `toInt64(replaceAll(${column}, '-', ''))`,
    ofText((day) => Number(day.replaceAll('-', ''))),
    UNKNOWN,
  ),
  earliest: {
    sql: exactTime.sql,
    type: 'Int64',
    of: ofText(exactTime.of),
  },
  /** A time that is unknown because it is too new to be known. */
  unknown_then_latest: downwards(exactTime.sql, ofText(exactTime.of), BEFORE_ALL),
  most_expensive: downwards(exactCost.sql, ofNumber(exactCost.of), UNKNOWN),
} satisfies Readonly<Record<string, Compared>>;

/** A column and how rows are ordered by it, or the order of its words; unknown figures come last, unless the name says otherwise. */
type Key = readonly [column: string, by: keyof typeof kinds | readonly string[]];

const inOrderOf = (words: readonly string[]): Compared => ({
  sql: (column) => `toInt64(indexOf([${words.map((word) => `'${word}'`).join(', ')}], ${column}))`,
  type: 'Int64',
  of: ofText((word) => words.indexOf(word) + 1),
});

const after = p
  .string()
  .optional()
  .describe('Only rows after this place: a JSON list, which next_cursor of the API is made of.');

/** The order of a list; its columns together tell all rows apart. */
export interface PageOrder {
  /** The parameters `limit`, `offset` and `after`. */
  params: typeof sliceParams & { after: typeof after };
  /** The last node of the question: the rows of another node, in this order, those after a row. */
  page: (of: string) => NodeDefinition;
  /** The place of an answered row, which `after` takes as JSON. */
  placeOf: (row: Readonly<Record<string, unknown>>) => (string | number)[];
  /** Whether something can be a place in this list. */
  isPlace: (place: readonly unknown[]) => boolean;
}

/** @param columns how rows are ordered by each column, the first one first */
export function pageOrder(...columns: readonly Key[]): PageOrder {
  const keys = columns.map(([column, by]) => {
    const compared: Compared = typeof by === 'string' ? kinds[by] : inOrderOf(by);
    return { column, ...compared };
  });
  const given = '{{ String(after) }}';
  const isPlace = [
    `JSONLength(${given}) = ${keys.length}`,
    ...keys.map(({ type }, at) =>
      type === 'String'
        ? `JSONType(${given}, ${at + 1}) = 'String'`
        : `JSONType(${given}, ${at + 1}) IN ('Int64', 'UInt64')`,
    ),
  ].join(' AND ');
  return {
    params: { ...sliceParams, after },
    // One tuple, made a level below: see group-key.ts.
    page: (of) =>
      node({
        name: 'page',
        sql: `
SELECT * EXCEPT (place)
FROM (
  SELECT
    *,
    tuple(${keys.map(({ column, sql }) => sql(column)).join(', ')}) AS place
  FROM ${of}
)
{% if defined(after) %}
WHERE throwIf(NOT (${isPlace}), 'after takes the place of a row: a JSON list of ${keys.length} values') = 0
  AND place > JSONExtract(${given}, 'Tuple(${keys.map(({ type }) => type).join(', ')})')
{% end %}
ORDER BY place${slice}`,
      }),
    placeOf: (row) =>
      keys.map(({ column, of }) => {
        const value = of(row[column]);
        if (value === undefined) throw new Error(`The column ${column} has no value to order by`);
        return value;
      }),
    isPlace: (place) =>
      place.length === keys.length &&
      keys.every(({ type }, at) =>
        type === 'String' ? typeof place[at] === 'string' : Number.isSafeInteger(place[at]),
      ),
  };
}
