/** The row that every source makes of what it saw, and the columns that all rows share. */
import type { TableRow } from '../datasources/rows.js';
import type { Settings } from '../base/settings.js';
import type { TierChoice } from './privacy/tier.js';
import type { PriceTerms } from './pricing.js';

/**
 * Version of the row layout. A row of a higher one is not sent (spool/deliver.ts). Raise it if an earlier version would
 * store a row with another meaning or lose what cannot be read again. A further column that a session's transcript fills
 * again does not raise it, e.g. `session_type`.
 */
export const SCHEMA_VERSION = 1;

/** A row and the table that it belongs to: what signals passes to the spool. */
export type SignalRow = TableRow;

/** Constant for all rows of one recorder. */
export interface Recorder extends TierChoice {
  device: string;
  /** Keyed hash of the user. Default: unknown. */
  user?: string;
  origin: 'live' | 'backfill';
  /** What applies besides the price list. Default: nothing. */
  prices?: PriceTerms;
  /** Path of the file with the tiers that repositories have asked for: see privacy/known-tiers.ts. Default: none. */
  knownTiers?: string;
  /** The user's own commands that are checks. Default: none. */
  qualityCommands?: Settings['quality_commands'];
}

/** The columns that come from the recorder. */
export function stamp(recorder: Recorder) {
  return {
    origin: recorder.origin,
    device: recorder.device,
    privacy_tier: recorder.privacyTier,
    schema_version: SCHEMA_VERSION,
  };
}

/** Empty work columns, for an event whose task is unknown, and whose place among events of its time is. */
export const noWork = {
  task_id: '',
  feature_id: '',
  phase: '',
  commit_hash: '',
  pr_number: null,
  sequence: null,
};
