import type { Value } from './values.js';

/**
 * How a template is evaluated: `run` answers a request; the other two are the build's check, with stand-ins for
 * missing values: `check-defaults` leaves optional parts out, `check-all` takes every `defined()` as true.
 */
export type Mode = 'run' | 'check-defaults' | 'check-all';

export interface Context {
  mode: Mode;
  /** Request parameters and what `{% set %}` and `{% for %}` add. A name that is not here is None. */
  names: Map<string, Value>;
  /** Names of the parameters that have no default, for the message that asks for them. */
  required: readonly string[];
  /** Set when a stand-in for a column or table name was written, so that the engine cannot check the SQL. */
  isUncheckable: boolean;
  /** Steps left before a runaway template is stopped. */
  budget: number;
}

export function isCheck(context: Context): boolean {
  return context.mode !== 'run';
}
