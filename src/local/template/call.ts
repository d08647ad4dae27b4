/** The types of a function call in a template. */
import type { Context } from './context.js';
import type { Value } from './values.js';

/** A call of a function in a template. */
export interface Call {
  args: Value[];
  named: Map<string, Value>;
  context: Context;
  line: number;
}

/** A function that templates can call. */
export type TemplateFunction = (call: Call) => Value;
