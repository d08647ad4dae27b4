/** Applies a deployment's plan to the tables of the engine. */
import type { Engine } from '../engine/engine.js';
import { messageOf } from '../errors.js';
import { qualified, quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import { listTables, prepareDatabases, type Databases } from './databases.js';
import { tellingProgress } from './fill-progress.js';
import { createQuarantine, createTable, ensureQuarantine, readMark, writeMark } from './ddl.js';
import type { Plan, TableStep } from './plan.js';
import { quarantineName, type Project } from './project.js';
import { Resolver } from './resolve.js';
import { viewSelect, type View } from './views.js';

type BuildStep = Extract<TableStep, { kind: 'build' }>;

/**
 * Applies the plan in two phases. `prepare` builds and fills new tables next to the live ones; if it fails, nothing has
 * changed. `commit` swaps them in. It is short, and repeating it after a crash ends in the same state, because each
 * table has the mark of its definition.
 */
export class Migration {
  private readonly altered: string[] = [];
  /** Datasources that are restored from the trash, with their table names there. */
  private readonly restored = new Map<string, string>();

  constructor(
    private readonly engine: Engine,
    private readonly databases: Databases,
    private readonly project: Project,
    private readonly plan: Plan,
    /** Takes a line about a table that is filled for long. */
    private readonly tell: (line: string) => void = () => undefined,
  ) {}

  async prepare(): Promise<void> {
    await prepareDatabases(this.engine, this.databases);
    try {
      for (const step of this.plan.steps) {
        if (step.kind !== 'alter') continue;
        this.altered.push(...step.undo);
        for (const statement of step.apply) await this.engine.execute(statement);
      }
      const builds = this.plan.steps.filter((step) => step.kind === 'build');
      for (const [place, step] of builds.entries()) {
        const table = `${step.datasource.name} (${place + 1} of ${builds.length})`;
        await tellingProgress(
          table,
          () => this.build(step),
          () => this.engine.readOfInsert(),
          this.tell,
        );
      }
    } catch (error) {
      for (const statement of this.altered) await this.engine.execute(statement).catch(() => undefined);
      await prepareDatabases(this.engine, this.databases);
      throw error;
    }
  }

  async commit(): Promise<void> {
    await dropViews(this.engine, this.databases);
    for (const step of this.plan.steps) await this.settle(step);
    for (const { name, keep } of this.plan.removals) await this.remove(this.databases.live, name, keep);
    const tables = new Set((await listTables(this.engine, this.databases.live)).map(({ name }) => name));
    for (const datasource of this.project.datasources.values()) {
      const name = quarantineName(datasource.name);
      const adapt = tables.has(name) ? ensureQuarantine : createQuarantine;
      for (const statement of adapt(this.databases.live, name, datasource))
        await this.engine.execute(statement);
    }
    await createViews(this.engine, this.databases, this.project, this.plan.views);
  }

  private async build(step: BuildStep): Promise<void> {
    const { next, live } = this.databases;
    const { datasource } = step;
    const kept = step.replaces || step.fill.kind === 'views' ? undefined : await this.findKept(step);
    if (kept !== undefined) {
      this.restored.set(datasource.name, kept);
      return;
    }
    await this.engine.execute(createTable(next, datasource, step.mark));
    const into = qualified(next, datasource.name);
    if (step.fill.kind === 'copy' && step.fill.columns.length > 0) {
      const columns = step.fill.columns.map(quoteIdentifier).join(', ');
      const copy = this.engine.execute(
        // Columns that are MATERIALIZED by the same expression keep their values.
        `INSERT INTO ${into} (${columns}) SETTINGS insert_allow_materialized_columns = 1
         SELECT ${columns} FROM ${qualified(live, datasource.name)}`,
      );
      await copy.catch((error: unknown) => {
        throw isUnlistable(error)
          ? new Error(
              `the engine cannot list the rows of ${datasource.name}, which has ENGINE Join with such keys, so they cannot be kept: truncate it before its definition changes, and fill it again`,
            )
          : error;
      });
    } else if (step.fill.kind === 'forward') {
      const resolver = new Resolver(this.project, (name) => qualified(live, name), this.engine.sources);
      await this.insertSelect(into, resolver.query(step.fill.query).sql);
    } else if (step.fill.kind === 'views') {
      await this.fillFromViews(step, into);
    }
  }

  /** A datasource that a build removed and that returns unchanged gets its rows back from the trash. */
  private async findKept(step: BuildStep): Promise<string | undefined> {
    const kept = await listTables(this.engine, this.databases.trash);
    return kept
      .filter(
        ({ name, comment }) =>
          isKept(name, step.datasource.name) && readMark(comment)?.schema === step.mark.schema,
      )
      .sort((a, b) => b.name.localeCompare(a.name, 'en', { numeric: true }))[0]?.name;
  }

  private async fillFromViews(step: BuildStep, into: string): Promise<void> {
    const built = new Set(
      this.plan.steps.flatMap((one) => (one.kind === 'build' ? [one.datasource.name] : [])),
    );
    const tableOf = (name: string) =>
      qualified(built.has(name) ? this.databases.next : this.databases.live, name);
    for (const view of this.plan.views.filter(({ target }) => target === step.datasource.name)) {
      if (this.project.datasources.get(view.source)?.engine.name === 'Null') continue;
      await this.insertSelect(into, viewSelect(this.project, view, tableOf, this.engine.sources));
    }
  }

  /** By name, because the columns of a query can be in any order. */
  private async insertSelect(into: string, select: string): Promise<void> {
    const columns = await this.engine.rows<{ name: string }>(`DESCRIBE TABLE (${select}\n)`);
    const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    await this.engine.execute(`INSERT INTO ${into} (${list}) SELECT ${list} FROM (${select}\n)`);
  }

  private async settle(step: TableStep): Promise<void> {
    const { live, next } = this.databases;
    const { name } = step.datasource;
    const table = qualified(live, name);
    if (step.kind === 'build') {
      if (!step.replaces) {
        const kept = this.restored.get(name);
        const from = kept === undefined ? qualified(next, name) : qualified(this.databases.trash, kept);
        await this.engine.execute(`RENAME TABLE ${from} TO ${table}`);
        return;
      }
      await this.engine.execute(`EXCHANGE TABLES ${table} AND ${qualified(next, name)}`);
      await this.remove(next, name, step.keepsOld);
      return;
    }
    if (step.kind === 'alter') for (const statement of step.commit) await this.engine.execute(statement);
    if (step.mark) {
      await this.engine.execute(`ALTER TABLE ${table} MODIFY COMMENT ${quoteLiteral(writeMark(step.mark))}`);
    }
  }

  private async remove(database: string, name: string, keep: boolean): Promise<void> {
    const table = qualified(database, name);
    if (!keep) {
      await this.engine.execute(`DROP TABLE IF EXISTS ${table} SYNC`);
      return;
    }
    const trash = qualified(this.databases.trash, `${name}__${Date.now()}`);
    await this.engine.execute(`RENAME TABLE ${table} TO ${trash}`);
  }
}

/** Whether the engine has refused to read all rows of a table of ENGINE Join, as it does for keys of several columns. */
export function isUnlistable(error: unknown): boolean {
  return messageOf(error).includes('UNSUPPORTED_JOIN_KEYS');
}

/** True if `table` in the trash was `name`, as in `events__1760000000000`. */
function isKept(table: string, name: string): boolean {
  return table.startsWith(`${name}__`) && /^\d+$/.test(table.slice(name.length + 2));
}

async function dropViews(engine: Engine, databases: Databases): Promise<void> {
  for (const { name } of await listTables(engine, databases.views)) {
    await engine.execute(`DROP TABLE IF EXISTS ${qualified(databases.views, name)} SYNC`);
  }
}

async function createViews(
  engine: Engine,
  databases: Databases,
  project: Project,
  views: readonly View[],
): Promise<void> {
  for (const view of views) {
    const select = viewSelect(project, view, (name) => qualified(databases.live, name), engine.sources);
    const name = qualified(databases.views, `${view.pipe}__${view.node}`);
    await engine.execute(
      `CREATE MATERIALIZED VIEW ${name} TO ${qualified(databases.live, view.target)} AS ${select}`,
    );
  }
}

/** True if the engine's tables and views match the project, so that nothing needs repair after a start. */
export async function isDeployed(
  engine: Engine,
  databases: Databases,
  project: Project,
  plan: Plan,
): Promise<boolean> {
  const hasTables = plan.steps.every((step) => step.kind === 'keep' && step.mark === undefined);
  const views = await listTables(engine, databases.views);
  const wanted = new Set(plan.views.map((view) => `${view.pipe}__${view.node}`));
  const hasViews = views.length === wanted.size && views.every(({ name }) => wanted.has(name));
  return hasTables && plan.removals.length === 0 && hasViews && project.files.length > 0;
}
