/** One workspace of the embedded server. */
import { compileNameReader, compileRowReader, type RowReader } from '../columns/row.js';
import type { Datasource } from '../datafile/types.js';
import type { Engine } from '../engine/engine.js';
import { Gate } from '../engine/gate.js';
import { ApiError } from '../errors.js';
import { qualified } from '../sql/quote.js';
import { Activity } from './activity.js';
import { Described, type CheckResult } from './check.js';
import { isCheckedBy, type CheckedProject } from './checked-project.js';
import { databasesOf, listTables, type Databases } from './databases.js';
import { ImportFiles } from './import-files.js';
import { Jobs } from './jobs.js';
import { ensureQuarantine } from './ddl.js';
import { emptyProject, isIngestible, quarantineName, type Project, type SourceFile } from './project.js';
import { Resolver } from './resolve.js';
import { Secrets } from './secrets.js';
import { noShares, type Shares } from './shares.js';
import { StateFiles, type WorkspaceState } from './state.js';
import { TableWriter } from './table-writer.js';
import { filledWith, findViews, type View } from './views.js';

export type Log = (line: string, fields?: Record<string, unknown>) => void;

/** One workspace: its databases, its deployed project and its locks. */
export class Workspace {
  readonly databases: Databases;
  readonly state: StateFiles;
  readonly imports: ImportFiles;
  readonly jobs: Jobs = new Jobs(() => this.activity.clean);
  /** What the service data sources are about. */
  readonly activity: Activity;
  /** Columns of queries that a check has asked the engine for. */
  readonly described: Described;
  /** What templates read by tb_secret() and tb_var(). */
  readonly secrets: Secrets;
  /** Inserts and deployments exclude each other. */
  readonly gate = new Gate();
  saved: WorkspaceState;
  project: Project = emptyProject;
  resolver: Resolver;
  /** Why no rows are accepted, while a deployment is unfinished. */
  halted: string | undefined;
  /** What other workspaces share with this one. */
  shares: Shares = noShares;
  private views: readonly View[] | undefined;
  private readers = new Map<string, RowReader>();
  private nameReaders = new Map<string, RowReader>();
  /** Datasources whose quarantine has a place for every column. */
  private wholeQuarantines = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();
  private readonly writers = new Map<string, TableWriter>();

  constructor(
    readonly id: string,
    readonly name: string,
    readonly engine: Engine,
    readonly log: Log,
    readonly folder: string,
    saved: WorkspaceState,
    /** Takes a line about a deployment that takes long. */
    readonly tell: (line: string) => void = () => undefined,
    /** A project that need not be checked again. */
    private readonly checked?: CheckedProject,
  ) {
    this.databases = databasesOf(id);
    this.state = new StateFiles(folder);
    this.imports = new ImportFiles(folder);
    this.described = new Described(engine);
    this.activity = new Activity(
      engine,
      this.databases,
      id,
      () => this.jobs.list(),
      () => this.project.datasources.keys(),
    );
    this.secrets = new Secrets(folder);
    this.saved = saved;
    this.resolver = this.newResolver(this.project);
  }

  /** What a check of these files would find; undefined if it is not known. */
  knownCheckOf(files: readonly SourceFile[]): CheckResult | undefined {
    const { checked } = this;
    if (checked === undefined || !isCheckedBy(checked, this.engine, files)) return undefined;
    return { problems: [], warnings: [], columns: new Map(Object.entries(checked.columns)) };
  }

  /** The engine's name for the table of a datasource or quarantine. */
  tableOf(name: string): string {
    return qualified(this.databases.live, name);
  }

  /**
   * The writer for the rows of a datasource or quarantine. chDB takes the table name without quotes here; it consists
   * of letters, digits and _.
   */
  writer(name: string): TableWriter {
    const known = this.writers.get(name);
    if (known) return known;
    const insert = (table: string, body: Buffer) => this.engine.insert(table, body, this.filledWith(name));
    const writer = new TableWriter({ insert }, `${this.databases.live}.${name}`);
    this.writers.set(name, writer);
    return writer;
  }

  /**
   * Runs while nothing else writes, with merges running again, because statements that change a table wait for them.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.alone(async () => {
      await this.engine.merges.release();
      return work();
    });
  }

  /** A datasource, and those that views fill from it. */
  filledWith(name: string): readonly string[] {
    this.views ??= findViews(this.project, this.engine.sources);
    return filledWith(name, this.views);
  }

  /** Makes a project the one that requests use. */
  serve(project: Project): void {
    this.project = project;
    this.views = undefined;
    this.resolver = this.newResolver(project);
    this.readers = new Map();
    this.nameReaders = new Map();
    this.wholeQuarantines = new Set();
  }

  /** Runs one deployment after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  /** The compiled reader for a datasource's rows; undefined if there is no such datasource. */
  rowReader(name: string): RowReader | undefined {
    return this.compiled(this.readers, name, compileRowReader);
  }

  /** The reader for rows whose keys are the names of the columns. */
  nameReader(name: string): RowReader | undefined {
    return this.compiled(this.nameReaders, name, compileNameReader);
  }

  /**
   * Makes sure that the quarantine of a datasource exists and has all its columns: a CSV file fills those without a JSON
   * path, too.
   */
  async completeQuarantine(datasource: Datasource): Promise<void> {
    const { name, columns } = datasource;
    if (this.wholeQuarantines.has(name) || columns.every(({ jsonPath }) => jsonPath !== undefined)) return;
    if (this.project.datasources.has(quarantineName(name))) {
      throw new ApiError(
        400,
        `The quarantine of "${name}" needs the name "${quarantineName(name)}", which another Data Source has`,
      );
    }
    const whole = columns.map((column) => ({ ...column, jsonPath: column.jsonPath ?? '$' }));
    const statements = ensureQuarantine(this.databases.live, quarantineName(name), {
      ...datasource,
      columns: whole,
    });
    for (const statement of statements) await this.engine.execute(statement, []);
    this.wholeQuarantines.add(name);
  }

  /** Whether rows of the datasource may have gone into a quarantine. */
  async hasQuarantine(datasource: Datasource): Promise<boolean> {
    if (isIngestible(datasource) || this.wholeQuarantines.has(datasource.name)) return true;
    const tables = await listTables(this.engine, this.databases.live);
    return tables.some(({ name }) => name === quarantineName(datasource.name));
  }

  private compiled(
    readers: Map<string, RowReader>,
    name: string,
    compile: (columns: Datasource['columns']) => RowReader,
  ): RowReader | undefined {
    const known = readers.get(name);
    if (known) return known;
    const datasource = this.project.datasources.get(name);
    if (!datasource) return undefined;
    const reader = compile(datasource.columns);
    readers.set(name, reader);
    return reader;
  }

  private newResolver(project: Project): Resolver {
    return new Resolver(
      project,
      (name) => this.tableOf(name),
      this.engine.sources,
      this.secrets.values,
      this.databases.service,
      {
        hasWorkspace: (name) => this.shares.hasWorkspace(name),
        find: (name, datasource) => this.shares.find(name, datasource),
      },
    );
  }
}
