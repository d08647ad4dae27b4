/** Defines a route of the API. */
import type * as z from 'zod/mini';
import type { TinybirdClient } from '../store/client-types.js';
import type { Given, ParameterSet } from './parameters.js';
import type { EpochMs, Ms } from '../base/time/units.js';

/** A parsed request. */
interface Request<P extends ParameterSet> {
  client: TinybirdClient;
  given: Given<P>;
  /** The value of `:id` in the path; empty if the path has none. */
  id: string;
  now: EpochMs;
}

/** The part of a pipe's definition that says which tables it reads. */
interface Pipe {
  readonly options: { readonly nodes: readonly { readonly sql: string }[] };
}

/** One route of the API: its parameters and its answer. */
export interface Route<
  P extends ParameterSet = ParameterSet,
  A extends z.ZodMiniType = z.ZodMiniType,
  N extends string = string,
> {
  /** May contain one `:id`. */
  path: N;
  /** Other paths with the same answer, which other programs know. */
  aliases?: readonly string[];
  /** The question that it answers, in one line. */
  summary: string;
  parameters: P;
  answer: A;
  /** The pipes that it asks. */
  pipes: readonly Pipe[];
  /** How long after the end of its window an answer still depends on the present time, milliseconds. Default: not. */
  settlesAfterMs?: Ms;
  /** @throws {ApiError} */
  ask(request: Request<P>): Promise<z.infer<A>>;
}

/** Defines a route; the types of its parameters and its answer follow from the definition. */
export function defineRoute<const N extends string, P extends ParameterSet, A extends z.ZodMiniType>(
  route: Route<P, A, N>,
): Route<P, A, N> {
  return route;
}
