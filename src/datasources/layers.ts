/** A column that says which layers saw something, one bit for each. */
import { t } from '@tinybirdco/sdk';
import { describe } from './define.js';

export const layers = ['hook', 'transcript', 'otel', 'git', 'cli'] as const;

export type Layer = (typeof layers)[number];

const bitOf = (layer: Layer): number => 2 ** layers.indexOf(layer);

const listed = (values: readonly (string | number)[]): string => `[${values.join(', ')}]`;

/** Such a column. */
export const layersColumn = (what: string) =>
  describe(
    t.simpleAggregateFunction('groupBitOr', t.uint8()),
    `Layers that ${what}, one bit each: ${layers.map((layer) => `${bitOf(layer)} ${layer}`).join(', ')}.`,
  );

/** SQL of the bit of a row's `source`. */
export const bitOfSource = `toUInt8(transform(toString(source), ${listed(layers.map((layer) => `'${layer}'`))}, ${listed(layers.map(bitOf))}, 0))`;

/** SQL: whether this layer is in such a column. */
export const isSeenBy = (layer: Layer, column = 'sources'): string =>
  `(bitAnd(${column}, ${bitOf(layer)}) != 0)`;

/** SQL: whether it is the only one of `sources`. */
export const isSeenOnlyBy = (layer: Layer): string => `(sources = ${bitOf(layer)})`;
