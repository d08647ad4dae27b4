/** The functions of templates that count the time between two dates. */
import type { Call, TemplateFunction } from './call.js';
import { TemplateError } from './error.js';
import { parseDate } from './strptime.js';
import { isTrue, plain, pythonString, type Value } from './values.js';

const dayFormat = '%Y-%m-%d';
const timeFormat = '%Y-%m-%d %H:%M:%S';

const ofDays = 'it must be ISO format date YYYY-MM-DD, e.g. 2018-09-26';
const ofTimes =
  'defaults to YYYY-MM-DD hh:mm:ss. Or %Y-%m-%d %H:%M:%S [.ssssss]Z, e.g. ms: 2022-12-19T18:42:22.591Z s:2022-12-19T18:42:22Z';

/**
 * Each function's unit, milliseconds, the format of its dates if none is given, and Tinybird's error for a date of
 * another format. The one for minutes names the function for seconds, as Tinybird's does.
 */
const units = [
  [
    'date_diff_in_days',
    86_400_000,
    dayFormat,
    `invalid date format in function \`date_diff_in_days\`, ${ofDays}`,
  ],
  [
    'date_diff_in_hours',
    3_600_000,
    timeFormat,
    `invalid date_format in function \`date_diff_in_hours\`, ${ofTimes}`,
  ],
  [
    'date_diff_in_minutes',
    60_000,
    timeFormat,
    `invalid date_format in function \`date_diff_in_seconds\`, ${ofTimes}`,
  ],
  [
    'date_diff_in_seconds',
    1000,
    timeFormat,
    `invalid date_format in function \`date_diff_in_seconds\`, ${ofTimes}`,
  ],
] as const;

function argument(call: Call, name: string, at: number): Value {
  return call.named.get(name) ?? call.args[at] ?? null;
}

/** The date of an argument, milliseconds; undefined if it has none of the formats. */
function read(value: Value, formats: readonly string[]): number | undefined {
  const text = plain(value);
  if (typeof text !== 'string') return undefined;
  for (const format of formats) {
    const moment = parseDate(text, format);
    if (moment !== undefined) return moment;
  }
  return undefined;
}

/** The absolute difference in whole units, or undefined if a date cannot be read. */
function difference(call: Call, unit: number, formats: readonly string[]): bigint | undefined {
  const first = read(argument(call, 'd0', 0), formats);
  const second = read(argument(call, 'd1', 1), formats);
  if (first === undefined || second === undefined) return undefined;
  return BigInt(Math.trunc(Math.abs(second - first) / unit));
}

/** In the check of a build, a missing date is a stand-in: the default, or else 0. */
function standIn(call: Call, defaultAt: number): Value | undefined {
  const isMissing = [argument(call, 'd0', 0), argument(call, 'd1', 1)].some((date) => date === null);
  if (call.context.mode === 'run' || !isMissing) return undefined;
  call.context.hasStandIn = true;
  return argument(call, 'default', defaultAt) ?? 0n;
}

function dateDiff(unit: number, fallback: string, problem: string): TemplateFunction {
  return (call) => {
    const known = standIn(call, 3);
    if (known !== undefined) return known;
    const formats = [argument(call, 'date_format', 2) ?? fallback, argument(call, 'backup_date_format', 4)];
    const given = formats.filter((format) => format !== null).map(pythonString);
    const result = difference(call, unit, given);
    if (result !== undefined) return result;
    if (isTrue(argument(call, 'none_if_error', 5))) return null;
    throw new TemplateError(problem);
  };
}

/** Days between two dates of the form YYYY-MM-DD. */
const dayDiff: TemplateFunction = (call) => {
  const result = standIn(call, 2) ?? difference(call, units[0][1], [dayFormat]);
  if (result !== undefined) return result;
  throw new TemplateError(
    `invalid date format in function \`day_diff\`, ${ofDays}. For other fotmats, try \`date_diff_in_days\``,
  );
};

export const dateFunctions: readonly [string, TemplateFunction][] = [
  ['day_diff', dayDiff],
  ...units.map(([name, unit, format, problem]): [string, TemplateFunction] => [
    name,
    dateDiff(unit, format, problem),
  ]),
];
