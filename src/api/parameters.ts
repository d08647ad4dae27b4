import * as z from 'zod/mini';
import { badRequest } from './error.js';

/** A parameter of a request's query: what it takes, in words and as a schema. */
interface Parameter<Schema extends z.ZodMiniType = z.ZodMiniType> {
  /** Follows "takes" in an error. */
  takes: string;
  schema: Schema;
}

/** The parameters of a route, by name. None is required. */
export type ParameterSet = Readonly<Record<string, Parameter>>;

/** What a request gave of these. */
export type Given<P extends ParameterSet> = { [K in keyof P]?: z.output<P[K]['schema']> | undefined };

const parameter = <Schema extends z.ZodMiniType>(takes: string, schema: Schema): Parameter<Schema> => ({
  takes,
  schema,
});

/** One of a few words. */
export const word = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  parameter(words.join(', '), z.enum(words));

/** A name, as the store has it. */
export const text = (takes: string) => parameter(takes, z.string().check(z.minLength(1), z.maxLength(1_000)));

/** A whole number. */
export const count = (max: number, what = '') =>
  parameter(
    `a whole number${what} from 1 to ${max}`,
    z.coerce.number<string>().check(z.int(), z.gte(1), z.lte(max)),
  );

const DATE = String.raw`(?:19[7-9]\d|2[0-2]\d\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?`;
const ZONE = String.raw`(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)`;
const momentText = new RegExp(`^(${DATE})(?:[T ](${TIME})(${ZONE})?)?$`);

/** The moment that a text names; undefined for a date that there is not, such as 30 February. */
function readMoment(given: string): Date | undefined {
  const [, date, time = '00:00', zone = 'Z'] = momentText.exec(given) ?? [];
  if (date === undefined) return undefined;
  // Date.parse takes 30 February for 2 March.
  const isReal = new Date(`${date}T00:00Z`).toISOString().startsWith(date);
  return isReal ? new Date(`${date}T${time}${zone}`) : undefined;
}

/** A day or a moment, UTC where no zone is told. */
export const moment = () =>
  parameter(
    'a day (2026-11-20) or a moment (2026-11-20T09:30:00Z), UTC unless it tells a zone',
    z.pipe(
      z.string().check(z.refine((given) => readMoment(given) !== undefined)),
      z.transform((given: string) => readMoment(given) ?? new Date(NaN)),
    ),
  );

/** The IANA name of a time zone. */
export const timezone = () =>
  parameter('a time zone such as UTC or Europe/Berlin', z.string().check(z.refine(isTimezone)));

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Reads a request's query. @throws {ApiError} 400 that names the parameter and what it takes. */
export function readQuery<P extends ParameterSet>(parameters: P, query: URLSearchParams): Given<P> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of query) {
    const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (found === undefined) throw badRequest(unknownParameter(name, Object.keys(parameters)));
    if (Object.hasOwn(given, name)) throw badRequest(`${name} is given more than once`);
    const read = found.schema.safeParse(value);
    if (!read.success) throw badRequest(`${name} takes ${found.takes}, not ${JSON.stringify(value)}`);
    given[name] = read.data;
  }
  // Each value's type is its own schema's; a loop over them cannot tell the compiler so.
  return given as Given<P>;
}

function unknownParameter(name: string, known: readonly string[]): string {
  const which = known.length === 0 ? 'there are none here' : `known are ${known.join(', ')}`;
  return `unknown parameter ${JSON.stringify(name)}; ${which}`;
}
