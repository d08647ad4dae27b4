/** Reads the requested window from a query. */
import * as z from 'zod/mini';
import { badRequest } from './error.js';
import { count, moment, text, type Given } from './parameters.js';

/** The window parameters that every pipe takes. */
export const windowParameters = {
  days: count(36_500, ' of days'),
  from: moment(),
  to: moment(),
  project: text('a project, as the project column names it'),
};

/** The requested window in an answer. */
export const windowSchema = z.strictObject({
  from: z.iso.datetime({ precision: 3 }),
  /** Null: open, up to now. */
  to: z.nullable(z.iso.datetime({ precision: 3 })),
  project: z.nullable(z.string()),
});

const DAY_MS = 86_400_000;
/** Must equal the default of the pipes. */
const DEFAULT_DAYS = 7;

/** The requested window, as a pipe takes it and as an answer shows it. @throws {ApiError} if it is empty */
export function readWindow({ days, from, to, project }: Given<typeof windowParameters>, now: number) {
  const end = to ?? new Date(now);
  const start = from ?? new Date(end.getTime() - (days ?? DEFAULT_DAYS) * DAY_MS);
  if (end <= start) {
    throw badRequest(
      to === undefined
        ? `from (${start.toISOString()}) lies in the future`
        : `to (${end.toISOString()}) is not after from (${start.toISOString()})`,
    );
  }
  return {
    params: {
      ...(days === undefined ? {} : { days }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(project === undefined ? {} : { project }),
    },
    window: { from: start.toISOString(), to: to?.toISOString() ?? null, project: project ?? null },
  };
}
