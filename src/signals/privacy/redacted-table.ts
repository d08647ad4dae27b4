/** The rows of a backfill, redacted while they are put into columns. */
import { ParquetTable } from '../../base/parquet/table.js';
import { closedColumns } from '../../datasources/closed-columns.js';
import { redactList, redactText } from './redact-text.js';

/** A table that redacts the rows that are added to it: a repeated text of a column once, since a history repeats most. */
export function redactedTable(): ParquetTable {
  const rewriting = { text: redactText, list: redactList };
  return new ParquetTable((name) => (Object.hasOwn(closedColumns, name) ? undefined : rewriting));
}
