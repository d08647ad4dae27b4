/** How a backfill is to be run, and what it reports while it runs. */
import type { SendFile } from './sender.js';
import type { EpochMs } from '../base/time/units.js';

export interface BackfillOptions {
  /** Folders that hold one folder a project: see roots.ts. */
  roots: readonly string[];
  /** Leaves out sessions that were last written before this. */
  since?: EpochMs;
  /** Reads everything again, whatever was read before. */
  again?: boolean;
  /** Threads that read; 0 reads in this one. Default: one a core but for one, which the store needs; at most 4. */
  threads?: number;
  /** Called now and then. */
  onProgress?: (progress: BackfillProgress) => void;
  /** Stands in for the store. */
  send?: SendFile;
}

export interface BackfillProgress {
  files: number;
  filesInAll: number;
  bytes: number;
  bytesInAll: number;
}
