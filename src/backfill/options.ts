/** How to run a backfill, and what it reports while it runs. */
import type { SendFile } from './sender.js';
import type { EpochMs } from '../base/time/units.js';

export interface BackfillOptions {
  /** Folders that hold one folder per project: see roots.ts. */
  roots: readonly string[];
  /** Leaves out sessions that were last written before this time. */
  since?: EpochMs;
  /** Reads everything again, even what was read before. */
  again?: boolean;
  /**
   * Number of reading threads; 0 reads in the calling thread. Default: one less than the number of cores, because the
   * store needs one; at least 1 and at most 4.
   */
  threads?: number;
  /** Called repeatedly during the run. */
  onProgress?: (progress: BackfillProgress) => void;
  /** Called with what is wrong, in one line, if the record of what was read is damaged. */
  onDamage?: ((problem: string) => void) | undefined;
  /** Replaces the store in tests. */
  send?: SendFile;
}

export interface BackfillProgress {
  files: number;
  filesInAll: number;
  bytes: number;
  bytesInAll: number;
}
