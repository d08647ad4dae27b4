/**
 * Types for the units of time. The compiler refuses one unit in the place of another: a moment is not a duration, and
 * seconds are not milliseconds. A plain number is accepted for any of them, so that clocks, parsed JSON and arithmetic
 * need no cast; the unit is stated where a value is kept (a field) or passed on (a parameter, a result).
 */
declare const unit: unique symbol;
type Counted<N extends number | bigint, U extends string> = N & { readonly [unit]?: U };

/** A moment: milliseconds since 1970, UTC. */
export type EpochMs = Counted<number, 'milliseconds since 1970'>;

/** A moment: seconds since 1970, UTC. */
export type EpochSeconds = Counted<number, 'seconds since 1970'>;

/** A moment: nanoseconds since 1970, UTC. */
export type EpochNanos = Counted<bigint, 'nanoseconds since 1970'>;

/** A length of time: milliseconds. */
export type Ms = Counted<number, 'milliseconds'>;
