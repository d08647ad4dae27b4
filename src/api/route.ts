import type * as z from 'zod/mini';
import type { TinybirdClient } from '../store/client.js';
import type { Given, ParameterSet } from './parameters.js';
import type { EpochMs } from '../base/time/units.js';

/** A request, read. */
interface Request<P extends ParameterSet> {
  client: TinybirdClient;
  given: Given<P>;
  /** What stands at `:id` in the path; empty where the path has none. */
  id: string;
  now: EpochMs;
}

/** One address of the API: what may be asked there, and what is answered. */
export interface Route<
  P extends ParameterSet = ParameterSet,
  A extends z.ZodMiniType = z.ZodMiniType,
  N extends string = string,
> {
  /** May hold one `:id`. */
  path: N;
  /** The question that it answers, in one line. */
  summary: string;
  parameters: P;
  answer: A;
  /** @throws {ApiError} */
  ask(request: Request<P>): Promise<z.infer<A>>;
}

/** Defines an address of the API; the types of its path, its parameters and its answer follow from the definition. */
export function defineRoute<const N extends string, P extends ParameterSet, A extends z.ZodMiniType>(
  route: Route<P, A, N>,
): Route<P, A, N> {
  return route;
}
