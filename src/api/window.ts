import * as z from 'zod/mini';
import { badRequest } from './error.js';
import { count, moment, text, type Given } from './parameters.js';

/** Parameters of every question about a time, as every pipe takes them. */
export const windowParameters = {
  days: count(36_500, ' of days'),
  from: moment(),
  to: moment(),
  project: text('a project, as the project column names it'),
};

/** The asked time in an answer. */
export const windowSchema = z.strictObject({
  from: z.iso.datetime({ precision: 3 }),
  /** Null: open to now. */
  to: z.nullable(z.iso.datetime({ precision: 3 })),
  project: z.nullable(z.string()),
});

const DAY_MS = 86_400_000;
/** As in the pipes. */
const DEFAULT_DAYS = 7;

/** The asked time, as a pipe takes it and as an answer tells it. @throws {ApiError} for one that is empty. */
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
