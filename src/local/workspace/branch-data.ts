/** Begins a branch with what another workspace serves: its datafiles, and the newest partition of each of its tables. */
import { ApiError } from '../errors.js';
import { qualified, quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import { isUnlistable } from './apply.js';
import { deploy } from './deploy.js';
import { quarantineName } from './project.js';
import type { Workspace } from './workspace.js';

/**
 * Deploys the project of `from` in an empty workspace, and copies the newest partition of each table: all rows, if it
 * has no partitions. Quarantined rows are not copied.
 *
 * @throws {ApiError} 500 if the project cannot be deployed
 */
export async function copyLastPartitions(from: Workspace, into: Workspace): Promise<void> {
  const { files, datasources } = from.project;
  if (files.length === 0) return;
  const outcome = await deploy(into, {
    files,
    kind: 'build',
    allowDestructive: false,
    check: false,
    promote: true,
  });
  if (outcome.result === 'failed') {
    const reasons = outcome.problems.map(({ filename, error }) => `${filename}: ${error}`);
    throw new ApiError(
      500,
      `the project of ${from.name} cannot be built in the branch: ${reasons.join('; ')}`,
    );
  }
  await into.alone(async () => {
    const quarantines = new Set([...datasources.keys()].map(quarantineName));
    for (const { table, id } of await newestPartitions(from)) {
      if (!datasources.has(table) || quarantines.has(table)) continue;
      // The parts themselves are shared, so no materialized view sees these rows: its target gets its own partition.
      await into.engine.execute(
        `ALTER TABLE ${into.tableOf(table)} ATTACH PARTITION ID ${quoteLiteral(id)} FROM ${qualified(from.databases.live, table)}`,
        [table],
      );
    }
    // A table of this engine has no parts.
    for (const { name, engine, columns } of datasources.values()) {
      if (engine.name !== 'Join') continue;
      const list = columns
        .filter(({ materialized }) => materialized === undefined)
        .map((column) => quoteIdentifier(column.name))
        .join(', ');
      await into.engine
        .execute(`INSERT INTO ${into.tableOf(name)} (${list}) SELECT ${list} FROM ${from.tableOf(name)}`, [
          name,
        ])
        .catch((error: unknown) => {
          if (!isUnlistable(error)) throw error;
          into.log(`the branch ${into.name} begins without the rows of ${name}: the engine cannot list them`);
        });
    }
  });
}

/** The greatest partition of each table, numbers by their value: the newest, where time divides it. */
function newestPartitions({ engine, databases }: Workspace): Promise<{ table: string; id: string }[]> {
  return engine.rows(`SELECT table, argMax(partition_id, (toInt64OrZero(partition), partition)) AS id FROM system.parts
    WHERE active AND database = ${quoteLiteral(databases.live)} GROUP BY table`);
}
