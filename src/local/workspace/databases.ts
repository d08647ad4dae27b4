/** The engine's databases of a workspace, and their tables. */
import type { Engine } from '../engine/engine.js';
import { qualified, quoteIdentifier } from '../sql/quote.js';

/** The engine's databases of one workspace. Views and unfinished tables are separate, so that no names can collide. */
export interface Databases {
  /** Datasources and quarantines. */
  live: string;
  /** Tables that are filled before they replace live ones. */
  next: string;
  /** Materialized views. */
  views: string;
  /** Tables that a build removed or replaced, kept in case it was a mistake. */
  trash: string;
  /** Empty tables for checking a build. */
  check: string;
  /** Rows of the service data sources; from the beginning at each start. */
  service: string;
}

/** The id of the workspace that is always there. */
export const MAIN_WORKSPACE = 'local';

/**
 * The names of a workspace's databases. All begin with `ws_local`, which no resource may; the guard of queries knows
 * them by that, and by the letters after it.
 *
 * @param workspace the id: `local`, or a UUID
 */
export function databasesOf(workspace: string): Databases {
  if (workspace === MAIN_WORKSPACE) return named('ws_local', 'ws_local__');
  const letters = workspace.replaceAll('-', '').replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
  return named(`ws_local__${letters}`, `ws_local__${letters}`);
}

function named(live: string, prefix: string): Databases {
  return {
    live,
    next: `${prefix}next`,
    views: `${prefix}views`,
    trash: `${prefix}trash`,
    check: `${prefix}check`,
    service: `${prefix}service`,
  };
}

/** Creates missing databases and removes unfinished tables of a crashed deployment. */
export async function prepareDatabases(engine: Engine, databases: Databases): Promise<void> {
  await dropDatabase(engine, databases.check);
  await dropDatabase(engine, databases.next);
  for (const name of [databases.live, databases.next, databases.views, databases.trash]) {
    await engine.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(name)} ENGINE = Atomic`);
  }
}

export async function dropDatabase(engine: Engine, name: string): Promise<void> {
  await engine.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} SYNC`);
}

/** A table as it exists in the engine. */
export interface ExistingTable {
  name: string;
  comment: string;
  rows: number;
  bytes: number;
}

export function listTables(engine: Engine, database: string): Promise<ExistingTable[]> {
  return engine.rows<ExistingTable>(
    `SELECT name, comment, toFloat64(ifNull(total_rows, 0)) AS rows, toFloat64(ifNull(total_bytes, 0)) AS bytes FROM system.tables WHERE database = '${database}'`,
  );
}

/**
 * After a crash during a commit, a table in `next` whose mark differs from the expected one is the old table, already
 * swapped out. It may be the only copy of its rows, so it is kept.
 */
export async function rescueSwapped(
  engine: Engine,
  databases: Databases,
  wanted: ReadonlyMap<string, string>,
): Promise<void> {
  const known = await engine.rows(`SELECT 1 FROM system.databases WHERE name = '${databases.next}'`);
  if (known.length === 0) return;
  for (const table of await listTables(engine, databases.next)) {
    if (table.rows === 0 || table.comment === wanted.get(table.name)) continue;
    const from = qualified(databases.next, table.name);
    await engine.execute(
      `RENAME TABLE ${from} TO ${qualified(databases.trash, `${table.name}__${Date.now()}`)}`,
    );
  }
}
