import * as z from 'zod/mini';
import { emptiness, MOST_DAYS, periodOf } from '../base/time/asked-time.js';
import { badRequest } from './error.js';
import { count, moment, text, type Given } from './parameters.js';

/** Parameters of every question about a time, as every pipe takes them. */
export const windowParameters = {
  days: count(MOST_DAYS, ' of days'),
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

/** The asked time, as a pipe takes it and as an answer tells it. @throws {ApiError} for one that is empty. */
export function readWindow({ days, from, to, project }: Given<typeof windowParameters>, now: number) {
  const asked = {
    ...(days === undefined ? {} : { days }),
    ...(from === undefined ? {} : { from: from.getTime() }),
    ...(to === undefined ? {} : { to: to.getTime() }),
  };
  const period = periodOf(asked, now);
  const problem = emptiness(period, now);
  if (problem !== undefined) throw badRequest(problem);
  return {
    params: {
      ...(days === undefined ? {} : { days }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(project === undefined ? {} : { project }),
    },
    window: {
      from: new Date(period.from).toISOString(),
      to: to?.toISOString() ?? null,
      project: project ?? null,
    },
  };
}
