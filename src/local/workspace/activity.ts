/** What happened in a workspace, for its service data sources: the newest of each kind, in memory. */
import { randomUUID } from 'node:crypto';
import type { Engine } from '../engine/engine.js';
import { messageOf } from '../errors.js';
import { plainName, qualified, quoteIdentifier } from '../sql/quote.js';
import { dropDatabase, listTables, type Databases } from './databases.js';
import type { Job } from './jobs.js';
import { keptAddress, keptError, keptJson, keptPairs, keptText, type Clean } from './kept.js';
import { quarantineName } from './project.js';
import { serviceColumns } from './service.js';

/** The most rows of one kind that are kept. A restart of the server forgets them. */
const MOST_ROWS = 5_000;

/** A call of an endpoint, or a free query. */
interface CallRow {
  start: Date;
  /** `query_api` for a free query. */
  pipe: string;
  /** Seconds. */
  duration: number;
  status: number;
  error: string | undefined;
  /** Without its token. */
  url: string;
  method: string;
  token: { id: string; name: string };
  parameters: Readonly<Record<string, string>>;
  userAgent: string | undefined;
  /** Unknown for a call that failed. */
  readRows: number | undefined;
  readBytes: number | undefined;
  resultRows: number | undefined;
}

/** Something that changed a datasource, or failed to. */
interface OperationRow {
  start: Date;
  /** `append-hfi` (rows over the Events API), `append`, `replace`, `delete_data`, `truncate`, `copy`, … */
  type: string;
  datasource: string;
  /** Seconds. */
  duration: number;
  error?: string | undefined;
  importId?: string | undefined;
  jobId?: string | undefined;
  pipe?: string | undefined;
  rows?: number | undefined;
  quarantined?: number | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** Notes what happens, and writes it into tables of the engine when a query reads them. */
export class Activity {
  private readonly rows: Record<'pipe_stats_rt' | 'endpoint_errors' | 'datasources_ops_log', Row[]> = {
    pipe_stats_rt: [],
    endpoint_errors: [],
    datasources_ops_log: [],
  };
  private turn: Promise<unknown> = Promise.resolve();
  private isReady = false;
  /** The rows of jobs that have ended: they change no more. */
  private readonly ended = new WeakMap<Job, Row>();
  /** Makes what a client has sent fit to be kept. */
  clean: Clean = (value) => value;

  constructor(
    private readonly engine: Engine,
    private readonly databases: Databases,
    private readonly workspace: string,
    private readonly jobs: () => readonly Job[],
    private readonly datasources: () => Iterable<string>,
  ) {}

  noteCall(call: CallRow): void {
    const { clean } = this;
    const parameters = keptPairs(call.parameters, clean);
    const common = {
      start_datetime: secondsOf(call.start),
      request_id: randomUUID(),
      pipe_id: call.pipe,
      pipe_name: call.pipe,
      url: keptAddress(call.url, clean),
      status_code: call.status,
    };
    this.keep('pipe_stats_rt', {
      ...common,
      duration: call.duration,
      read_bytes: call.readBytes ?? null,
      read_rows: call.readRows ?? null,
      result_rows: call.resultRows ?? null,
      error: call.error === undefined ? 0 : 1,
      token: call.token.id,
      token_name: call.token.name,
      method: call.method,
      parameters,
      user_agent: call.userAgent === undefined ? null : keptText(call.userAgent, clean),
    });
    if (call.error === undefined) return;
    this.keep('endpoint_errors', {
      ...common,
      params: JSON.stringify(parameters),
      error: keptError(call.error, call.parameters, clean),
    });
  }

  /** Runs something that changes a datasource, and notes how it ended. */
  async operation<T>(
    operation: Pick<OperationRow, 'type' | 'datasource' | 'pipe'>,
    work: () => Promise<T>,
    detailsOf: (result: T) => Pick<OperationRow, 'importId' | 'jobId' | 'rows' | 'quarantined'> = () => ({}),
  ): Promise<T> {
    const start = new Date();
    const note = (more: Partial<OperationRow>) =>
      this.noteOperation({ ...operation, start, duration: (Date.now() - start.getTime()) / 1000, ...more });
    try {
      const result = await work();
      note(detailsOf(result));
      return result;
    } catch (error) {
      note({ error: messageOf(error) });
      throw error;
    }
  }

  /** Notes that a deployment created datasources. */
  noteCreated(datasources: readonly string[]): void {
    for (const datasource of datasources)
      this.noteOperation({ start: new Date(), type: 'create', datasource, duration: 0 });
  }

  private noteOperation(operation: OperationRow): void {
    const { error, rows, quarantined, pipe } = operation;
    this.keep('datasources_ops_log', {
      timestamp: secondsOf(operation.start),
      event_type: operation.type,
      datasource_id: operation.datasource,
      datasource_name: operation.datasource,
      result: error === undefined ? 'ok' : 'error',
      elapsed_time: operation.duration,
      error: error === undefined ? null : keptText(error, this.clean),
      import_id: operation.importId ?? null,
      job_id: operation.jobId ?? null,
      request_id: randomUUID(),
      operation_id: randomUUID(),
      pipe_id: pipe ?? '',
      pipe_name: pipe ?? '',
      rows: rows ?? null,
      rows_quarantine: quarantined ?? null,
      written_rows: rows ?? null,
      written_rows_quarantine: quarantined ?? null,
    });
  }

  /** Removes the tables of an earlier run; the next query that reads them makes them again. */
  async removeTables(): Promise<void> {
    this.isReady = false;
    await dropDatabase(this.engine, this.databases.service);
  }

  /** Makes what happened until now readable. */
  publish(): Promise<void> {
    const published = this.turn.then(() => this.write());
    this.turn = published.catch(() => undefined);
    return published;
  }

  private keep(table: keyof Activity['rows'], row: Row): void {
    const rows = this.rows[table];
    rows.push(row);
    // Twice as many for a moment, so that few rows are moved.
    if (rows.length >= 2 * MOST_ROWS) rows.splice(0, rows.length - MOST_ROWS);
  }

  private async write(): Promise<void> {
    const { service } = this.databases;
    if (!this.isReady) {
      await dropDatabase(this.engine, service);
      await this.engine.execute(`CREATE DATABASE ${quoteIdentifier(service)} ENGINE = Atomic`, []);
      for (const [name, columns] of serviceColumns) {
        for (const table of [name, `${name}__next`]) {
          const create = `CREATE TABLE ${qualified(service, table)} (${columns}) ENGINE = MergeTree ORDER BY tuple()`;
          await this.engine.execute(create, []);
        }
      }
      this.isReady = true;
    }
    for (const [table, rows] of Object.entries(this.rows)) await this.fill(table, rows.slice(-MOST_ROWS));
    await this.fill(
      'jobs_log',
      this.jobs().map((job) => this.jobRow(job)),
    );
    await this.fill('datasources_storage', await this.storage());
  }

  /** Exchanges the rows of a table in one step: a query that runs reads the old or the new ones. */
  private async fill(name: string, rows: readonly Row[]): Promise<void> {
    const [live, next] = [name, `${name}__next`].map((table) => qualified(this.databases.service, table));
    if (live === undefined || next === undefined) return;
    await this.engine.execute(`TRUNCATE TABLE ${next}`, []);
    if (rows.length > 0) {
      const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
      await this.engine.insert(plainName(next), body, []);
    }
    await this.engine.execute(`EXCHANGE TABLES ${live} AND ${next}`, []);
  }

  private jobRow(job: Job): Row {
    const known = this.ended.get(job);
    if (known !== undefined) return known;
    const row = this.newJobRow(job);
    if (job.status !== 'working') this.ended.set(job, row);
    return row;
  }

  private newJobRow(job: Job): Row {
    const pipe = typeof job.pipe_name === 'string' ? job.pipe_name : '';
    return {
      job_id: job.id,
      job_type: job.kind,
      workspace_id: this.workspace,
      pipe_id: pipe,
      pipe_name: pipe,
      created_at: secondsOf(job.created_at),
      started_at: secondsOf(job.started_at),
      updated_at: secondsOf(job.updated_at),
      status: job.status,
      error: job.error === undefined ? null : keptText(job.error, this.clean),
      job_metadata: keptJson(job, this.clean),
    };
  }

  /** The size of each datasource now. */
  private async storage(): Promise<Row[]> {
    const tables = new Map(
      (await listTables(this.engine, this.databases.live)).map((one) => [one.name, one]),
    );
    const now = secondsOf(new Date());
    return [...this.datasources()].map((name) => {
      const quarantine = tables.get(quarantineName(name));
      return {
        timestamp: now,
        datasource_id: name,
        datasource_name: name,
        bytes: tables.get(name)?.bytes ?? 0,
        rows: tables.get(name)?.rows ?? 0,
        bytes_quarantine: quarantine?.bytes ?? 0,
        rows_quarantine: quarantine?.rows ?? 0,
      };
    });
  }
}

/** `2026-11-30 00:00:00`, UTC. */
function secondsOf(time: Date | string): string {
  return (typeof time === 'string' ? time : time.toISOString()).slice(0, 19).replace('T', ' ');
}
