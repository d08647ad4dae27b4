/** What delivery needs of a store. */
import type { AppendOutcome, CallOptions, IngestOutcome, SqlOptions } from '../store/client-types.js';

/** The methods of the typed client that delivery needs. */
export interface RowStore {
  ingest(table: string, rows: Record<string, unknown>[]): Promise<IngestOutcome>;
  /** Stores a Parquet file. */
  append(table: string, file: Uint8Array, options?: CallOptions): Promise<AppendOutcome>;
  /** Reads why rows were quarantined; fails if the token has no right to. */
  sql(query: string, options?: SqlOptions): Promise<Record<string, unknown>[]>;
}
