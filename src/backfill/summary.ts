import * as z from 'zod/mini';

const count = z.int().check(z.gte(0));
/** Milliseconds. */
const time = z.number().check(z.gte(0));

/** What a backfill came to. Times are milliseconds, those of the stages summed over the threads. */
export const backfillSummarySchema = z.strictObject({
  files: count,
  /** Files that had not changed since they were read. */
  skippedFiles: count,
  sessions: count,
  bytes: count,
  /** Sightings of requests that were sent: several may be of one request. */
  requests: count,
  rows: count,
  stored: count,
  corruptLines: count,
  /** Lines with usage that could not be counted: they have no id, or no time that can be stored. */
  leftOutLines: count,
  /** Rows that the store refused, and why, a line each. They are dead letters now. */
  refusedRows: count,
  refusals: z.array(z.string()),
  /** Tables that the store does not take now, and why, a line each. Their rows wait in the spool. */
  waiting: z.array(z.string()),
  problems: z.array(z.string()),
  /** What keeps the store from taking the rows; they wait in the spool. Null if nothing does. */
  stopped: z.nullable(z.string()),
  ms: time,
  times: z.strictObject({ read: time, rows: time, write: time, spool: time, send: time }),
});

export type BackfillSummary = z.infer<typeof backfillSummarySchema>;
