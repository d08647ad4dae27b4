/** The window of time that a tool is asked about. */
import * as z from 'zod/mini';
import { DEFAULT_DAYS, MOST_DAYS, readAskedTime } from '../base/time/asked-time.js';
import type { EpochMs } from '../base/time/units.js';

const described = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema =>
  schema.check(z.describe(description));

/** The parameters of every tool that takes a window. */
export const windowShape = {
  days: described(
    z.optional(z.int().check(z.gte(1), z.lte(MOST_DAYS))),
    `Length of the window in days, to now or to \`to\`. Default: ${DEFAULT_DAYS}.`,
  ),
  from: described(
    z.optional(z.string()),
    'Start, inclusive: a day (2026-11-20) or a moment (2026-11-20T09:30:00Z), UTC. Overrides days.',
  ),
  to: described(z.optional(z.string()), 'End, exclusive. Default: now.'),
  project: described(z.optional(z.string()), 'Only this project, exactly as a project is named in answers.'),
};

/** The given values of those parameters. */
export interface GivenWindow {
  days?: number | undefined;
  from?: string | undefined;
  to?: string | undefined;
  project?: string | undefined;
}

/**
 * The window as a pipe takes it, and as an answer names it.
 *
 * @throws {TypeError} for a time that is none, and for an empty window
 */
export function readWindow({ days, from, to, project }: GivenWindow, now: EpochMs) {
  const period = readAskedTime(
    {
      ...(days === undefined ? {} : { days }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
    now,
  );
  const start = new Date(period.from);
  const end = period.to === null ? null : new Date(period.to);
  return {
    params: {
      from: start,
      ...(end === null ? {} : { to: end }),
      ...(project === undefined ? {} : { project }),
    },
    window: { from: start.toISOString(), to: end?.toISOString() ?? 'now', project: project ?? 'all' },
  };
}

export { described };
