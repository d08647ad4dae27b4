/** Reads the requested window from a query. */
import * as z from 'zod/mini';
import { DEFAULT_DAYS, emptiness, FIRST_MOMENT_MS, MOST_DAYS, periodOf } from '../base/time/asked-time.js';
import { badRequest } from './error.js';
import { byDefault, count, moment, text, type Given } from './parameters.js';
import type { EpochMs } from '../base/time/units.js';

/** The window parameters that every pipe takes. */
export const windowParameters = {
  days: byDefault(count(MOST_DAYS, ' of days'), DEFAULT_DAYS),
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

/** The requested window, as a pipe takes it and as an answer shows it. @throws {ApiError} if it is empty */
export function readWindow({ days, from, to, project }: Given<typeof windowParameters>, now: EpochMs) {
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
      from: new Date(Math.max(period.from, FIRST_MOMENT_MS)).toISOString(),
      to: to?.toISOString() ?? null,
      project: project ?? null,
    },
  };
}
