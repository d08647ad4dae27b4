/** The limits of the question anomalies, as plain numbers. */

/** How many days before a day are what is usual for it, and how many of them must have had work. */
export const USUAL_DAYS = 28;
export const LEAST_DAYS = 10;

/** The same for a week. */
export const USUAL_WEEKS = 8;
export const LEAST_WEEKS = 5;

/** How many deviations from the median stand out. */
export const COST_SCORE = 3.5;
export const FAILURE_SCORE = 3.5;
export const VELOCITY_SCORE = 3;

/** A day must cost this many times the median, and this much more, USD. */
export const LEAST_TIMES = 2;
export const LEAST_MORE_USD = 1;

/** A day needs this many calls and failures, and a rate this much above the median. */
export const LEAST_CALLS = 20;
export const LEAST_FAILURES = 5;
export const LEAST_MORE_RATE = 0.1;

/** A week needs this many days with work, and its weeks before this median. */
export const WORK_DAYS = 3;
export const LEAST_MEDIAN = 5;

/** The kinds of anomalies. */
export const anomalyKinds = ['cost_spike', 'failure_spike', 'velocity_drop'] as const;
