/** The types of the typed client, inferred from the definitions of tables and pipes. */
import type { InferOutputRow, InferParams } from '@tinybirdco/sdk';
import type * as tables from '../datasources/index.js';
import type { Ingestible } from '../datasources/rows.js';
import type * as questions from '../pipes/index.js';
import type { Ms } from '../base/time/units.js';

type Tables = Ingestible;

/** Pipes that can be queried. */
type Questions = typeof questions;

/** Exact bounds of a query, UTC: a Date, a day (`YYYY-MM-DD`) or `YYYY-MM-DD HH:MM:SS[.mmm]`. They override `days`. */
interface Bounds {
  from?: Date | string;
  to?: Date | string;
}

/** The parameters of a pipe, with its bounds under the names `from` and `to`. */
export type QuestionParams<Q> = Omit<InferParams<Q>, 'date_from' | 'date_to'> & Bounds;

/** How many rows Tinybird stored, and how many it quarantined. */
export interface IngestOutcome {
  successful_rows: number;
  quarantined_rows: number;
}

/** The same for a file; Tinybird does not always report the number of stored rows. */
export interface AppendOutcome {
  successful_rows: number | null;
  quarantined_rows: number;
}

export interface CallOptions {
  /** Deadline in milliseconds. */
  timeoutMs?: Ms;
  /**
   * Accepts an answer of at most this age, as long as nothing was written since (HTTP's Cache-Control: max-age). The
   * embedded server caches such answers; other stores ignore it.
   */
  maxAgeSeconds?: number;
}

export interface SqlOptions extends CallOptions {
  /** Which token to use. Default: the read token. Only the append token may be allowed to read a table's quarantine. */
  token?: 'append' | 'read';
}

type TableAccessors = {
  [K in keyof Tables]: {
    /** Sends rows and waits until they are stored. @throws {StoreError} */
    ingest: (rows: tables.SentRow<Tables[K]>[], options?: CallOptions) => Promise<IngestOutcome>;
  };
};

type QuestionAccessors = {
  [K in keyof Questions]: {
    /** Queries the pipe and returns its rows. @throws {StoreError} */
    query: (
      params?: QuestionParams<Questions[K]>,
      options?: CallOptions,
    ) => Promise<InferOutputRow<Questions[K]>[]>;
  };
};

export interface TinybirdClient extends TableAccessors, QuestionAccessors {
  /** Sends rows to a table by its name, for the spool, which has only the name. */
  ingest(table: string, rows: Record<string, unknown>[], options?: CallOptions): Promise<IngestOutcome>;
  /**
   * Sends a Parquet file to a table by its name and waits until its rows are stored. Columns are matched by name; a
   * column that the file lacks gets its default. Rows that do not fit are quarantined, the others stored. Resolves to
   * the outcome of `mode=append` in Tinybird's Data Sources API.
   *
   * @throws {StoreError}
   */
  append(table: string, file: Uint8Array, options?: CallOptions): Promise<AppendOutcome>;
  /**
   * Runs one read-only SELECT and returns its rows. A number that JavaScript cannot hold exactly (an integer beyond
   * 2^53, a long Decimal) is returned as a string of its digits.
   *
   * @throws {StoreError}
   */
  sql(query: string, options?: SqlOptions): Promise<Record<string, unknown>[]>;
  /** The column names of a table or pipe, in order, even if it has no rows. @throws {StoreError} */
  columns(of: string, options?: CallOptions): Promise<string[]>;
  /**
   * The rows of a pipe or of one read-only SELECT as a Parquet file, streamed. Needs a `fetch` that streams its bodies,
   * as the global one does.
   *
   * @throws {StoreError}
   */
  parquet(of: ParquetSource, options?: CallOptions): Promise<AsyncIterable<Uint8Array>>;
}

/** The rows that a Parquet file should hold: those of a SELECT, or of a pipe by its wire name. */
export type ParquetSource = { sql: string } | { pipe: string; params: Record<string, unknown> };

export interface TinybirdClientOptions {
  /** The address of Tinybird, e.g. `http://localhost:7181`. */
  baseUrl: string;
  /** One token for everything, or an append token and a read token. */
  token: string | { append: string; read: string };
  /** Replaces the global fetch. */
  fetch?: typeof fetch;
  /** Deadline of a call that sets none, milliseconds. Default 10,000. */
  timeoutMs?: Ms;
  /** Ends all calls, for a client that is made for one task. */
  signal?: AbortSignal;
}
