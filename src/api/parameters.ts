/** Reads and checks the query parameters of a request. */
import * as z from 'zod/mini';
import { readMoment } from '../base/time/asked-time.js';
import { zoneNamed } from '../base/time/zone-name.js';
import { badRequest } from './error.js';

/** A query parameter: what it takes, in words and as a schema. */
interface Parameter<Schema extends z.ZodMiniType = z.ZodMiniType> {
  /** The text after "takes" in an error. */
  takes: string;
  schema: Schema;
  /** The text after "takes …, " in an error, if it should say more than `not "…"`. */
  refusal?: ((given: string) => string | undefined) | undefined;
  /** What applies if it is not given, for the description. */
  byDefault?: string | number;
  /** The JSON schema for the description, if the text of a query is read as something else. */
  readAs?: Readonly<Record<string, unknown>>;
}

/** The parameters of a route, by name. All are optional. */
export type ParameterSet = Readonly<Record<string, Parameter>>;

/** The values that a request gave for these parameters. */
export type Given<P extends ParameterSet> = { [K in keyof P]?: z.output<P[K]['schema']> | undefined };

const parameter = <Schema extends z.ZodMiniType>(
  takes: string,
  schema: Schema,
  refusal?: Parameter['refusal'],
): Parameter<Schema> => ({ takes, schema, refusal });

/** The same parameter, described with what applies if it is not given. */
export const byDefault = <Schema extends z.ZodMiniType>(
  of: Parameter<Schema>,
  value: string | number,
): Parameter<Schema> => ({ ...of, byDefault: value });

/** One of a few words. */
export const word = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  parameter(words.join(', '), z.enum(words));

/** A name as the store has it. */
export const text = (takes: string) => parameter(takes, z.string().check(z.minLength(1), z.maxLength(1_000)));

/** A whole number. */
export const count = (max: number, what = '') => ({
  ...parameter(
    `a whole number${what} from 1 to ${max}`,
    z.pipe(
      // Number() also takes 0x10, 1e2 and spaces.
      z.string().check(z.regex(/^\d{1,9}$/)),
      z.pipe(z.transform(Number), z.int().check(z.gte(1), z.lte(max))),
    ),
  ),
  readAs: { type: 'integer', minimum: 1, maximum: max },
});

/** An amount of money, USD. */
export const amount = () => ({
  ...parameter(
    'an amount in USD such as 0.5 or 12',
    z.pipe(z.string().check(z.regex(/^\d{1,9}(?:\.\d{1,9})?$/)), z.transform(Number)),
  ),
  readAs: { type: 'number', minimum: 0 },
});

/** A day or a time, UTC if it names no time zone. */
export const moment = () =>
  parameter(
    'a day (2026-11-20) or a moment (2026-11-20T09:30:00Z), UTC unless it has a zone',
    z.pipe(
      z.string().check(
        z.refine((given) => readMoment(given).ms !== undefined),
        z.meta({ examples: ['2026-11-20', '2026-11-20T09:30:00Z'] }),
      ),
      z.transform((given: string) => new Date(readMoment(given).ms ?? NaN)),
    ),
    (given) =>
      / \d\d:?\d\d$/.test(given)
        ? `not ${JSON.stringify(given)}: write the + of a time zone as %2B`
        : readMoment(given).refusal,
  );

/** The IANA name of a time zone, in any letters; the store takes only the usual spelling, which this gives. */
export const timezone = () =>
  parameter(
    'a time zone such as UTC or Europe/Berlin',
    z.pipe(
      z.string().check(z.refine((name) => zoneNamed(name) !== undefined)),
      z.transform((name: string) => zoneNamed(name) ?? name),
    ),
  );

/** Reads a request's query. @throws {ApiError} 400 with the parameter and what it takes */
export function readQuery<P extends ParameterSet>(parameters: P, query: URLSearchParams): Given<P> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of query) {
    const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (found === undefined) throw badRequest(unknownParameter(name, Object.keys(parameters)));
    if (Object.hasOwn(given, name)) throw badRequest(`${name} is given more than once`);
    const read = found.schema.safeParse(value);
    if (!read.success) {
      const refusal = found.refusal?.(value) ?? `not ${JSON.stringify(value)}`;
      throw badRequest(`${name} takes ${found.takes}, ${refusal}`);
    }
    given[name] = read.data;
  }
  // Each value has the type of its schema, but the compiler cannot see that through the loop.
  return given as Given<P>;
}

function unknownParameter(name: string, known: readonly string[]): string {
  const which = known.length === 0 ? 'there are none here' : `known are ${known.join(', ')}`;
  return `unknown parameter ${JSON.stringify(name)}; ${which}`;
}
