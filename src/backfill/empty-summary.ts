/** The summary of a backfill that has read nothing yet. */
import type { BackfillSummary } from './summary.js';

/** The summary of a backfill that has done nothing yet. It has its own file because the schema takes long to load. */
export function emptySummary(): BackfillSummary {
  return {
    files: 0,
    skippedFiles: 0,
    sessions: 0,
    bytes: 0,
    requests: 0,
    rows: 0,
    stored: 0,
    corruptLines: 0,
    leftOutLines: 0,
    refusedRows: 0,
    refusals: [],
    waiting: [],
    problems: [],
    stopped: null,
    ms: 0,
    times: { read: 0, rows: 0, write: 0, spool: 0, send: 0 },
  };
}
