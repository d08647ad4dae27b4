/** Deletes the rows of a datasource for which a condition is true. */
import { ApiError, DatafileError } from '../errors.js';
import { checkCondition } from './condition.js';
import { resolveQuery, run } from './query.js';
import type { Workspace } from './workspace.js';

/** A deletion that is ready to run. */
interface Deletion {
  /** How many rows it deletes. */
  rows: number;
  /** The condition as SQL for the engine. */
  condition: string;
}

/** The number of rows that a deletion would delete. Throws an ApiError with status 400 for a wrong condition. */
export async function countRows(workspace: Workspace, name: string, condition: string): Promise<number> {
  return (await prepare(workspace, name, condition)).rows;
}

/** A condition on the rows of a datasource as SQL for the engine. Throws as `countRows` does. */
export async function checkedCondition(
  workspace: Workspace,
  name: string,
  condition: string,
): Promise<string> {
  return (await prepare(workspace, name, condition)).condition;
}

/** Deletes rows, and resolves with their number when they are gone. Throws as `countRows` does. */
export function deleteRows(workspace: Workspace, name: string, condition: string): Promise<number> {
  return workspace.alone(async () => {
    const { rows, condition: resolved } = await prepare(workspace, name, condition);
    if (rows === 0) return 0;
    await workspace.engine.execute(`ALTER TABLE ${workspace.tableOf(name)} DELETE WHERE (${resolved})`, [
      name,
    ]);
    return rows;
  });
}

/**
 * Counts the rows by a query like any other: what a query may not read or call, a condition may not, either. The text
 * of the condition in that query is the text that deletes.
 */
async function prepare(workspace: Workspace, name: string, condition: string): Promise<Deletion> {
  try {
    checkCondition(condition);
  } catch (error) {
    throw error instanceof DatafileError ? new ApiError(400, error.message) : error;
  }
  const counting = (text: string) =>
    resolveQuery(workspace, {
      // Without an alias: the condition could mean it instead of a column.
      sql: `SELECT count() FROM ${name} WHERE (${text}\n)`,
      parameters: new Map(),
      subject: undefined,
    });
  const resolved = counting(condition);
  const { bytes } = await run(workspace, resolved, 'JSONCompactEachRow', { quote64: false }, 'free');
  const [rows] = JSON.parse(Buffer.from(bytes).toString('utf8')) as [number];
  const before = counting('1').sql.length - '1\n)'.length;
  return { rows, condition: resolved.sql.slice(before, -1) };
}
