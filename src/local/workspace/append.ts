/** Appends the rows of a file to a datasource. */
import { randomUUID } from 'node:crypto';
import type { CsvDialect } from '../columns/csv.js';
import { takeCsv } from './append-csv.js';
import { takeParquet } from './append-parquet.js';
import { liveIntake, takeRows, type IngestResult, type Intake } from './ingest.js';
import type { Workspace } from './workspace.js';

export const fileFormats = ['csv', 'ndjson', 'parquet'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A file as it was sent, unpacked. */
export interface SentFile {
  format: FileFormat;
  bytes: Buffer;
  /** For CSV. */
  dialect: CsvDialect;
}

/** The result of an import. */
export interface AppendResult extends IngestResult {
  /** Its quarantined rows have this id as `c__import_id`. */
  import_id: string;
}

/** What finds the value of a column in a row of the file. */
export const columnsBy = ({ format }: SentFile) => (format === 'csv' ? 'name' : 'path');

/** Appends the rows of a file. When it resolves, all of them are on disk. Throws an ApiError, as `ingest` does. */
export function appendFile(workspace: Workspace, name: string, file: SentFile): Promise<AppendResult> {
  return workspace.gate.shared(() => takeFile(workspace, liveIntake(workspace, name, columnsBy(file)), file));
}

/** Takes the rows of a file into the intake's table; the caller holds the workspace's gate. */
export async function takeFile(
  workspace: Workspace,
  intake: Intake,
  { format, bytes, dialect }: SentFile,
): Promise<AppendResult> {
  const import_id = randomUUID();
  const take = {
    csv: () => takeCsv(workspace, intake, bytes, dialect, import_id),
    ndjson: () => takeRows(workspace, intake, bytes, import_id),
    parquet: () => takeParquet(workspace, intake, bytes, import_id),
  };
  return { ...(await take[format]()), import_id };
}
