/** Replaces all rows of a datasource by those of a file. */
import type { Datasource } from '../datafile/types.js';
import { ApiError } from '../errors.js';
import { plainName, qualified, quoteIdentifier } from '../sql/quote.js';
import { columnsBy, takeFile, type AppendResult, type SentFile } from './append.js';
import { listTables } from './databases.js';
import { createTable, readMark } from './ddl.js';
import { readerFor } from './ingest.js';
import { isIngestible } from './project.js';
import { TableWriter } from './table-writer.js';
import { filledWith, findViews, inFillOrder, viewSelect, type View } from './views.js';
import type { Workspace } from './workspace.js';

/**
 * Replaces the rows of a datasource by those of a file, and what materialized views computed from them.
 *
 * Throws an ApiError: as `ingest` and `exchangeRows` do, and 400 for a file of which no row fits.
 */
export function replaceRows(workspace: Workspace, name: string, file: SentFile): Promise<AppendResult> {
  return workspace.alone(() => {
    const { datasource, reader } = readerFor(workspace, name, columnsBy(file));
    return exchangeRows(workspace, datasource, async (table) => {
      const insert = (into: string, body: Buffer) => workspace.engine.insert(into, body, []);
      const writer = new TableWriter({ insert }, plainName(table));
      const result = await takeFile(workspace, { datasource, reader, table, writer, filled: [] }, file);
      if (result.successful_rows === 0 && result.quarantined_rows > 0) {
        throw new ApiError(
          400,
          `No row of the file fits, so nothing was replaced: ${name}_quarantine has the ${result.quarantined_rows} rows with their reasons`,
        );
      }
      return result;
    });
  });
}

/**
 * Replaces the rows of a datasource, and those that materialized views computed from them, by what `work` writes into an
 * empty table beside. The tables are exchanged at the end: if anything fails, nothing has changed. The caller runs alone.
 *
 * Throws an ApiError with status 400 for a datasource that stores nothing, and for one whose views cannot be computed
 * again.
 */
export async function exchangeRows<T>(
  workspace: Workspace,
  datasource: Datasource,
  work: (table: string) => Promise<T>,
): Promise<T> {
  const { project, engine, databases } = workspace;
  const { name } = datasource;
  if (datasource.engine.name === 'Null') {
    throw new ApiError(400, `Data Source "${name}" stores no rows (ENGINE Null): append to it instead`);
  }
  const views = findViews(project, engine.sources);
  const replaced = new Set(filledWith(name, views));
  const tables = inFillOrder(project, views).filter((one) => replaced.has(one.name));
  for (const one of tables) if (one.name !== name) checkTarget(one, views, replaced);
  await createBeside(workspace, tables);
  try {
    const beside = (table: string) => qualified(replaced.has(table) ? databases.next : databases.live, table);
    const result = await work(beside(name));
    for (const view of views) if (replaced.has(view.source)) await fill(workspace, view, beside);
    for (const one of tables) {
      const [live, next] = [workspace.tableOf(one.name), qualified(databases.next, one.name)];
      await engine.execute(`EXCHANGE TABLES ${live} AND ${next}`, [one.name]);
    }
    return result;
  } finally {
    await dropBeside(workspace, tables);
  }
}

/** Refuses a view's target that also has rows from elsewhere: they could not be told apart. */
function checkTarget(target: Datasource, views: readonly View[], replaced: ReadonlySet<string>): void {
  const others = views.filter((view) => view.target === target.name && !replaced.has(view.source));
  const [other] = others;
  if (other === undefined && !isIngestible(target)) return;
  const reason = other === undefined ? 'takes rows directly' : `is filled from "${other.source}"`;
  throw new ApiError(
    400,
    `The rows cannot be replaced: a materialized view fills "${target.name}" from them, which also ${reason}`,
  );
}

async function createBeside(workspace: Workspace, tables: readonly Datasource[]): Promise<void> {
  const { engine, databases } = workspace;
  await dropBeside(workspace, tables);
  const existing = new Map((await listTables(engine, databases.live)).map((one) => [one.name, one.comment]));
  for (const one of tables) {
    const mark = readMark(existing.get(one.name) ?? '');
    if (mark) await engine.execute(createTable(databases.next, one, mark), []);
  }
}

async function dropBeside({ engine, databases }: Workspace, tables: readonly Datasource[]): Promise<void> {
  for (const { name } of tables) {
    await engine.execute(`DROP TABLE IF EXISTS ${qualified(databases.next, name)} SYNC`, []);
  }
}

async function fill(workspace: Workspace, view: View, tableOf: (name: string) => string): Promise<void> {
  const { engine, project } = workspace;
  if (project.datasources.get(view.source)?.engine.name === 'Null') return;
  const select = viewSelect(project, view, tableOf, engine.sources);
  const columns = await engine.rows<{ name: string }>(`DESCRIBE TABLE (${select}\n)`);
  const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  await engine.execute(`INSERT INTO ${tableOf(view.target)} (${list}) SELECT ${list} FROM (${select}\n)`, []);
}
