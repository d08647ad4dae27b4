import type { TableRow } from '../datasources/rows.js';

/** Version of the row layout. */
const SCHEMA_VERSION = 1;

/** A row and the table it belongs to: what signals hands to the spool. */
export type SignalRow = TableRow;

/** What is the same on every row that one recorder makes. */
export interface Recorder {
  device: string;
  privacyTier: number;
  origin: 'live' | 'backfill';
}

/** The columns that only the recorder knows. */
export function stamp(recorder: Recorder) {
  return {
    origin: recorder.origin,
    device: recorder.device,
    privacy_tier: recorder.privacyTier,
    schema_version: SCHEMA_VERSION,
  };
}

/** The work columns of an event of which nobody knows what work it belongs to. */
export const noWork = { task_id: '', feature_id: '', phase: '', commit_hash: '', pr_number: null };
