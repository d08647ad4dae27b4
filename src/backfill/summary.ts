/** The result of a backfill, as a schema. */
import * as z from 'zod/mini';

const count = z.int().check(z.gte(0));
/** Milliseconds. */
const time = z.number().check(z.gte(0));

/** The result of a backfill. Times are milliseconds, those of the stages summed over the threads. */
export const backfillSummarySchema = z.strictObject({
  files: count,
  /** Files that have not changed since they were read. */
  skippedFiles: count,
  sessions: count,
  bytes: count,
  /** Sightings of requests that were sent; several may be of the same request. */
  requests: count,
  rows: count,
  stored: count,
  /** Records that are damaged and lines that are not JSON. What is whole on a damaged line is read. */
  corruptLines: count,
  /** Lines with usage that could not be counted: without an id, a time that can be stored, or counts that are numbers. */
  leftOutLines: count,
  /** Rows that the store refused, and the reasons, one line each. They are now dead letters. */
  refusedRows: count,
  refusals: z.array(z.string()),
  /** Tables that the store refuses at the moment, and the reasons, one line each. Their rows wait in the spool. */
  waiting: z.array(z.string()),
  problems: z.array(z.string()),
  /** Why the store takes no rows; they wait in the spool. Null if it does. */
  stopped: z.nullable(z.string()),
  ms: time,
  times: z.strictObject({ read: time, rows: time, write: time, spool: time, send: time }),
});

export type BackfillSummary = z.infer<typeof backfillSummarySchema>;
