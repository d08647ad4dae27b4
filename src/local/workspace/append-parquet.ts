/** Takes the rows of a Parquet file. */
import { randomUUID } from 'node:crypto';
import { planFile, type FileColumn, type FilePlan } from '../columns/file.js';
import { cleanEngineMessage, engineCode } from '../engine/engine-error.js';
import { ApiError, messageOf } from '../errors.js';
import { createFileTable } from '../sql/quote.js';
import { takeRows, type IngestResult, type Intake } from './ingest.js';
import { isShortage, viewProblem } from './table-writer.js';
import type { Workspace } from './workspace.js';

/** A file of at least this size is part of an import, for which merges are paused; smaller ones arrive all the time. */
const LARGE_BYTES = 500_000;

/** Number of rows that are checked at a time. */
const PIECE_ROWS = 5_000;

const insertSettings = [
  'insert_null_as_default = 1',
  // All rows of a file become visible together, or none.
  'min_insert_block_size_rows = 1000000000',
  'min_insert_block_size_bytes = 0',
].join(', ');

/**
 * Formats rows as the row reader expects them: a value without a JSON number is written as text, which no number column
 * accepts.
 */
const lineSettings =
  'output_format_json_quote_64bit_integers = 0, output_format_json_quote_decimals = 1, output_format_json_quote_denormals = 1';

/**
 * Takes the rows of a Parquet file. Columns are matched by name, and the result is the same as for the rows as JSON: the
 * same values stored, the same rows quarantined. When it resolves, all of them are on disk.
 *
 * If every value fits, the engine takes the columns directly; otherwise each row is checked like a JSON row. Throws an
 * ApiError: 400 for a file that is not a complete Parquet file.
 */
export function takeParquet(
  workspace: Workspace,
  intake: Intake,
  file: Uint8Array,
  importId: string,
): Promise<IngestResult> {
  return workspace.imports.hold(file, async (path) => {
    if (file.length >= LARGE_BYTES) await holdMerges(workspace, intake);
    return withTable(workspace, path, async (source) => {
      const columns = await unlessBroken(workspace.engine.rows<FileColumn>(`DESCRIBE TABLE ${source}`));
      const rows = await rowsOf(workspace, source);
      const plan = planFile(intake.datasource.columns, columns);
      return plan !== undefined && (await insertWhole(workspace, intake, source, plan))
        ? { successful_rows: rows, quarantined_rows: 0 }
        : takeEachRow(workspace, intake, source, rows, importId);
    });
  });
}

/**
 * Runs while the file is a table of the writing session, which no query can see or create: the right to file() is
 * granted to nobody.
 */
async function withTable<T>(
  { engine }: Workspace,
  path: string,
  work: (table: string) => Promise<T>,
): Promise<T> {
  const table = `import_${randomUUID().replaceAll('-', '')}`;
  await unlessBroken(engine.executeInFolder(createFileTable(table, path, 'Parquet')));
  try {
    return await work(table);
  } finally {
    await engine.execute(`DROP TEMPORARY TABLE ${table}`, []);
  }
}

/** Pauses merges until the end of the import. If the engine refuses that, the import continues anyway. */
async function holdMerges(workspace: Workspace, { datasource, filled }: Intake): Promise<void> {
  const tables = filled.map((name) => workspace.tableOf(name));
  await workspace.engine.merges.hold(tables).catch((error: unknown) => {
    workspace.log('merges go on during an import', { datasource: datasource.name, reason: messageOf(error) });
  });
}

async function rowsOf({ engine }: Workspace, source: string): Promise<number> {
  const [count] = await unlessBroken(engine.rows<{ rows: number }>(`SELECT count() AS rows FROM ${source}`));
  return count?.rows ?? 0;
}

/** Inserts the whole file; false if the engine refused it, in which case none of its rows is stored. */
async function insertWhole(
  workspace: Workspace,
  { datasource, table, filled }: Intake,
  source: string,
  { columns, doubts }: FilePlan,
): Promise<boolean> {
  const to = columns.map((column) => column.to).join(', ');
  const from = columns.map((column) => column.from).join(', ');
  const where = doubts.length === 0 ? '' : ` WHERE NOT throwIf(${doubts.join(' OR ')})`;
  try {
    await workspace.engine.execute(
      `INSERT INTO ${table} (${to}) SELECT ${from} FROM ${source}${where} SETTINGS ${insertSettings}`,
      filled,
    );
    return true;
  } catch (error) {
    const view = viewProblem(error);
    if (view) throw view;
    if (engineCode(error) === undefined || isShortage(error)) throw error;
    workspace.log('a file is read row by row', { datasource: datasource.name, reason: messageOf(error) });
    return false;
  }
}

async function takeEachRow(
  workspace: Workspace,
  intake: Intake,
  source: string,
  rows: number,
  importId: string,
): Promise<IngestResult> {
  const total: IngestResult = { successful_rows: 0, quarantined_rows: 0 };
  for (let first = 0; first < rows; first += PIECE_ROWS) {
    const piece = `_row_number >= ${first} AND _row_number < ${first + PIECE_ROWS}`;
    const lines = await unlessBroken(
      workspace.engine.lines(`SELECT * FROM ${source} WHERE ${piece} SETTINGS ${lineSettings}`),
    );
    const { successful_rows, quarantined_rows } = await takeRows(workspace, intake, lines, importId);
    total.successful_rows += successful_rows;
    total.quarantined_rows += quarantined_rows;
  }
  return total;
}

/** The result of reading the file; an error is attributed to the file if it cannot be read. */
async function unlessBroken<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    if (engineCode(error) === undefined || isShortage(error)) throw error;
    const reason = rootOf(messageOf(error));
    throw new ApiError(400, `The file is not a whole Parquet file: ${reason}`);
  });
}

/** What is wrong with the file, without the engine's context and the path of the file. */
function rootOf(message: string): string {
  const [, root = message] = /(?:.*DB::Exception: |.*Error:\n)([^\n]*)/s.exec(message) ?? [];
  return cleanEngineMessage(root.replace(/:? ?\(in file\/uri [^)]*\).*/, ''));
}
