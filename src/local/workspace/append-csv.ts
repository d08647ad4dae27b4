/** Takes the rows of a CSV file. */
import { csvRecords, type CsvDialect, type CsvRecord } from '../columns/csv.js';
import { planCsv, type CsvPlan } from '../columns/csv-row.js';
import { takeRows, type IngestResult, type Intake } from './ingest.js';
import { quarantineName } from './project.js';
import type { Workspace } from './workspace.js';

/** Number of rows that are checked and stored at a time. */
const PIECE_ROWS = 5_000;

/**
 * Takes the rows of a CSV file. Each is checked like a JSON row, with the same reasons in quarantine; so is a row that
 * has too many or too few values, or is torn. When it resolves, all of them are on disk.
 *
 * @param file UTF-8
 */
export async function takeCsv(
  workspace: Workspace,
  intake: Intake,
  file: Buffer,
  dialect: CsvDialect,
  importId: string,
): Promise<IngestResult> {
  const total: IngestResult = { successful_rows: 0, quarantined_rows: 0 };
  await workspace.completeQuarantine(intake.datasource);
  let plan: CsvPlan | undefined;
  let piece: CsvRecord[] = [];
  const take = async () => {
    if (plan === undefined) return;
    const { successful_rows, quarantined_rows } = await takePiece(workspace, intake, plan, piece, importId);
    total.successful_rows += successful_rows;
    total.quarantined_rows += quarantined_rows;
    piece = [];
  };
  for (const record of csvRecords(file.toString('utf8'), dialect)) {
    if (plan === undefined) {
      plan = planCsv(intake.datasource.columns, record);
      if (plan.hasHeader) continue;
    }
    piece.push(record);
    if (piece.length >= PIECE_ROWS) await take();
  }
  await take();
  return total;
}

async function takePiece(
  workspace: Workspace,
  intake: Intake,
  { write }: CsvPlan,
  records: readonly CsvRecord[],
  importId: string,
): Promise<IngestResult> {
  const rows: string[] = [];
  const misfits: string[] = [];
  for (const record of records) {
    try {
      rows.push(write(record));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      misfits.push(intake.reader.refuse('{}', importId, `${error.message}: ${textOf(record)}`));
    }
  }
  const taken = await takeRows(workspace, intake, Buffer.from(rows.join('\n')), importId);
  const batch = { rows: misfits.length, bytes: Buffer.from(misfits.join('\n')) };
  await workspace.writer(quarantineName(intake.datasource.name)).write(batch);
  return { ...taken, quarantined_rows: taken.quarantined_rows + misfits.length };
}

/** The values of a record, shortened. */
function textOf({ cells }: CsvRecord): string {
  return JSON.stringify(cells.map(({ text }) => text))
    .slice(0, 500)
    .toWellFormed();
}
