/**
 * Columns that keep the best of several values. The rank of a value stands in front of it, so that the greatest stored
 * value is the best one, in any order of arrival. Unlike a tuple, such a column is read alone.
 */
import { t, type AnyTypeValidator } from '@tinybirdco/sdk';
import { describe, type DescribedColumn } from './define.js';

/** A column that keeps the greatest of the values that were stored under one key. */
const greatest = <T extends AnyTypeValidator>(type: T, what: string) =>
  describe(t.simpleAggregateFunction('max', type), what);

/** The most output tokens that the order of a sighting tells apart: 30 bits. */
const MOST_OUTPUT = 2 ** 30 - 1;

/**
 * SQL of the order of a sighting, 32 bits: by its rank (0 to 3), then by its output tokens.
 */
export const orderOf = (rank: string, outputTokens: string): string =>
  `toUInt64(${rank}) * ${2 ** 30} + least(${outputTokens}, ${MOST_OUTPUT})`;

/** A number of 32 bits from the sighting with the highest order. */
export const rankedNumber = (what: string): DescribedColumn<AnyTypeValidator> =>
  greatest(t.uint64(), `${what} The upper 32 bits are the order of the sighting: its rank and its output.`);

/** SQL that makes such a number. */
export const numberOf = (order: string, value: string): string => `(${order}) * ${2 ** 32} + ${value}`;

/** SQL that reads such a number. */
export const readNumber = (column: string): string => `toUInt32(bitAnd(${column}, ${2 ** 32 - 1}))`;

/** SQL that reads the rank of the sighting that such a number is from. */
export const readRank = (column: string): string => `toUInt8(bitShiftRight(${column}, 62))`;

/** A text of few distinct values, with its rank, 0 to 9, as the first character. */
export const rankedName = (what: string): DescribedColumn<AnyTypeValidator> =>
  greatest(t.string().lowCardinality(), `${what} The first character is the rank of the source.`);

/** A text of many distinct values, with its rank, 0 to 9, as the first character. */
export const rankedId = (what: string): DescribedColumn<AnyTypeValidator> =>
  greatest(t.string(), `${what} The first character is the rank of the source.`);

/** SQL that makes such a text from a rank that is a text. */
export const textOf = (rank: string, value: string): string => `concat(${rank}, ${value})`;

/** SQL that reads such a text. */
export const readText = (column: string): string => `substring(${column}, 2)`;
