/** Parses and renders the SQL of a pipe's node. */
import type { Context, Mode, Secrets } from './context.js';
import { TemplateError } from './error.js';
import { renderBlocks } from './evaluate.js';
import { collectParameters, optionalNames, requiredNames, type Parameter } from './parameters.js';
import { parseTemplate } from './parse.js';
import type { Block } from './syntax.js';
import { convertToArray, isItemType } from './types.js';
import type { Value } from './values.js';

/** The SQL of a node, parsed once at build time and rendered for each request. */
export interface Template {
  /** True if the SQL depends on the request. */
  isDynamic: boolean;
  parameters: readonly Parameter[];
  /** The parameters that it asks for by `defined()`. */
  optional: ReadonlySet<string>;
  blocks: readonly Block[];
}

export interface Rendered {
  sql: string;
  /** True if a stand-in for a name makes the SQL unsuitable for the engine's check. */
  isUncheckable: boolean;
  /** True if a stand-in or a default is in the SQL of a check. */
  hasStandIn: boolean;
  /** True if the template raised an error of its own during a check. */
  hasRaised: boolean;
  /** Values of the SQL's query parameters, `{name: String}`. */
  bound: ReadonlyMap<string, string>;
}

/** The parameters of a request: the last value of a key, or all values of a repeated key. */
export type RequestParameters = ReadonlyMap<string, string | readonly string[]>;

/** What a rendering needs beyond its request. */
export interface RenderOptions {
  secrets?: Secrets;
  /** In a check: write stand-ins and defaults as values of a column, which the engine does not convert. */
  isAbstract?: boolean;
}

const mostSteps = 200_000;

/** Parses a node's SQL. It is a template if its first character other than white space is %. Throws a TemplateError. */
export function compileTemplate(sql: string): Template {
  const trimmed = sql.trimStart();
  if (!trimmed.startsWith('%')) {
    return { isDynamic: false, parameters: [], optional: new Set(), blocks: [{ kind: 'text', text: sql }] };
  }
  return withinStack(() => {
    const blocks = parseTemplate(trimmed.slice(1).replace(/^[ \t]*\r?\n/, ''));
    const isDynamic = blocks.some((block) => block.kind !== 'text');
    return { isDynamic, parameters: collectParameters(blocks), optional: optionalNames(blocks), blocks };
  });
}

/** Expressions and blocks are walked recursively: endless nesting is refused like a text that is too large. */
function withinStack<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateError('the template is nested too deeply, or makes a value that is too large');
  }
}

/**
 * The items of a parameter that the template takes as an `Array`: everywhere in it, the parameter is a list. Undefined
 * for another type, or if an item is not of its type.
 */
function listOf(type: string, value: Exclude<Value, null>): Value | undefined {
  const [, item = ''] = /^Array\((\w+)\)$/.exec(type) ?? [];
  if (!isItemType(item)) return undefined;
  try {
    return convertToArray(item, value).value;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/**
 * Renders a template. If a required parameter is missing, the error lists those of the template, which is one node's,
 * as Tinybird's does. Throws an ApiError (400, or the error that the template raises).
 */
export function renderTemplate(
  template: Template,
  parameters: RequestParameters,
  mode: Mode,
  { secrets = new Map(), isAbstract = false }: RenderOptions = {},
): Rendered {
  const names = new Map<string, Value>();
  for (const [name, value] of parameters) names.set(name, typeof value === 'string' ? value : [...value]);
  for (const { name, type } of template.parameters) {
    const value = names.get(name) ?? null;
    const list = value === null ? undefined : listOf(type, value);
    if (list !== undefined) names.set(name, list);
  }
  if (!names.has('job_timestamp')) {
    names.set('job_timestamp', new Date().toISOString().slice(0, 19).replace('T', ' '));
  }
  const context: Context = {
    mode,
    names,
    get required() {
      return requiredNames(template);
    },
    isUncheckable: false,
    hasStandIn: false,
    hasRaised: false,
    isAbstract,
    secrets,
    bound: new Map(),
    budget: mostSteps,
  };
  const sql = withinStack(() => renderBlocks(template.blocks, context));
  const { isUncheckable, hasStandIn, hasRaised, bound } = context;
  return { sql, isUncheckable, hasStandIn, hasRaised, bound };
}
