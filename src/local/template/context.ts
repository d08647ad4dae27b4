/** The context of one evaluation of a template: its mode, its names and its limits. */
import type { Value } from './values.js';

/**
 * How a template is evaluated. `run` answers a request. The other two are the checks of a build, with stand-ins for
 * missing values: `check-defaults` leaves optional parts out, `check-all` takes every `defined()` as true.
 */
export type Mode = 'run' | 'check-defaults' | 'check-all';

/** The values of secrets and variables by name. */
export type Secrets = ReadonlyMap<string, string>;

export interface Context {
  mode: Mode;
  /** Request parameters, and variables from `{% set %}` and `{% for %}`. A name that is not here is None. */
  names: Map<string, Value>;
  /** Names of the required parameters, for the error message. */
  required: readonly string[];
  /** Set if a stand-in for a column or table name was written; then the engine cannot check the SQL. */
  isUncheckable: boolean;
  /** Set if a stand-in or a default was written: only a real value decides whether the engine can convert it. */
  hasStandIn: boolean;
  /** Whether stand-ins and defaults are written as values of a column, which the engine does not convert. */
  isAbstract: boolean;
  /** Set if the template called error() or custom_error() in the check of a build, where they do not end it. */
  hasRaised: boolean;
  secrets: Secrets;
  /** The secrets that the SQL reads as query parameters, with their values. */
  bound: Map<string, string>;
  /** Remaining steps before an endless template is stopped. */
  budget: number;
}

export function isCheck(context: Context): boolean {
  return context.mode !== 'run';
}
