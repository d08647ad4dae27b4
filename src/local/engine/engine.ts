/** Opens chDB and divides its queries between one writing session and two lanes of read-only sessions. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ApiError, LocalServerError, messageOf } from '../errors.js';
import type { Settings } from '../sql/statement.js';
import { hasLeftWorkingFolder, inWorkingFolder } from '../working-folder.js';
import { isListed, refusedNames } from '../sql/allowed.js';
import { listedEngineVersion } from '../sql/function-list.js';
import { cleanEngineMessage } from './engine-error.js';
import { Gate } from './gate.js';
import { SqlGuard } from './guard.js';
import { Lane, shapeFor } from './lane.js';
import { Merges } from './merges.js';
import { Patience } from './patience.js';
import { writePrivateConfig } from './private-config.js';
import { EngineSession, type Around, type QueryResult } from './session.js';
import { refuseGone, Stopper } from './stopper.js';
import { Writes } from './writes.js';

type Chdb = typeof import('chdb');

/**
 * Settings of every session. Defaults that affect answers are fixed here, so that a newer engine cannot change them.
 */
const commonSettings = {
  date_time_input_format: "'best_effort'",
  session_timezone: "'UTC'",
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  max_memory_usage: 4_000_000_000,
  // A query that reads a table more than once reads the same rows each time.
  enable_shared_storage_snapshot_in_query: 1,
  // What Tinybird accepts and the engine refuses by default: a joined subquery without an alias, and a path of a JSON
  // column as a key.
  joined_subquery_requires_alias: 0,
  allow_suspicious_types_in_group_by: 1,
  allow_suspicious_types_in_order_by: 1,
  // The engine would compile expressions to machine code at the third use of each. For the rows of one person that
  // takes longer than it saves.
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  compile_sort_description: 0,
  // Each of these rewrites compares columns together with the whole query that they come from, so that in a large query
  // they take longer than they save (`N=0 npx tsx bench/scale.ts`: 0.3 to 0.9 times as long without them).
  optimize_and_compare_chain: 0,
  optimize_extract_common_expressions: 0,
  optimize_aggregators_of_group_by_keys: 0,
  optimize_group_by_function_keys: 0,
  optimize_injective_functions_in_group_by: 0,
  optimize_redundant_functions_in_order_by: 0,
  optimize_rewrite_aggregate_function_with_if: 0,
  optimize_multiif_to_if: 0,
};

const writerSettings = {
  // By default, the engine answers an insert before a background thread has written the rows.
  async_insert: 0,
  input_format_defaults_for_omitted_fields: 1,
  input_format_null_as_default: 0,
  input_format_skip_unknown_fields: 0,
  // One block per insert: all rows of a batch become visible together, or none.
  input_format_parallel_parsing: 0,
  // Not needed: merges and FINAL combine rows with the same key anyway, as they do for rows of different inserts.
  optimize_on_insert: 0,
  // A backfill may touch more months than the engine allows for one insert by default.
  max_partitions_per_insert_block: 0,
  mutations_sync: 2,
  alter_sync: 2,
};

/** Who sent the query: a deployed pipe, or a user with free SQL. Each lane has its own sessions. */
export type LaneName = 'pipes' | 'free';

/** The largest answer, bytes. Tinybird Cloud has such a limit too. */
export const MOST_ANSWER_BYTES = 50_000_000;

/**
 * The limit for Parquet, bytes. It is higher because a Parquet file is an export, which cannot be requested page by
 * page.
 */
export const MOST_FILE_BYTES = 500_000_000;

/** Time limit of a query, seconds, and its memory limit, bytes. */
export const queryLimits = {
  pipes: { max_execution_time: 60, max_memory_usage: 4_000_000_000 },
  free: { max_execution_time: 20, max_memory_usage: 1_000_000_000 },
};

const laneSettings = {
  pipes: {},
  // Hyperscan compiles some short expressions for hours, and no time limit stops it.
  free: { allow_hyperscan: 0 },
};

const readerSettings = { max_result_bytes: MOST_ANSWER_BYTES };

/** Time limit of one statement that writes, seconds: it may fill a large table again. */
const WRITE_SECONDS = 900;

/** A statement is answered this long after its time limit, milliseconds. */
const GRACE_MS = 2_000;

/** How long a file waits for the end of the running queries, milliseconds; queries that come later wait with it. */
const QUIET_MS = 5_000;

/** A statement that still runs this long after its answer runs forever, seconds. */
const STUCK_SECONDS = 30;

/** Threads of Node's pool; Node's default is 4. */
const threads = () => Number(process.env.UV_THREADPOOL_SIZE ?? 4);

/** Limits that a server can set; for tests. */
export interface EngineLimits {
  /** Time limit of a free query, seconds. */
  freeSeconds?: number | undefined;
  /** Time limit of a statement that writes, seconds. */
  writeSeconds?: number | undefined;
  /** How long a statement may run on after its client was answered, until the engine is given up, seconds. */
  stuckSeconds?: number | undefined;
}

/**
 * chDB, opened once. Reads use sessions that the engine itself keeps read-only, which cannot be undone; writes run one
 * after another in the only session that may write.
 */
export class Engine {
  readonly writes = new Writes();
  /** Names of functions that open files, addresses or other tables, in lower case. */
  readonly sources = refusedNames;
  /** Checks all SQL of a user before it runs. */
  readonly guard: SqlGuard;
  readonly merges = new Merges((table, are) =>
    this.writer.query(`SYSTEM ${are ? 'START' : 'STOP'} MERGES ${table}`, 'Null'),
  );

  private readonly stopper = new Stopper((statement) => this.control.query(statement, 'Null'));

  private constructor(
    private readonly chdb: Chdb,
    private readonly writer: EngineSession,
    /** Only tells queries to stop: the writer may be busy. */
    private readonly control: EngineSession,
    private readonly lanes: Readonly<Record<LaneName, Lane>>,
    /** All queries of the lanes pass it while they run. */
    private readonly queries: Gate,
    /** Names of functions of this engine that the lists do not have, in lower case. */
    unlisted: ReadonlySet<string>,
    readonly version: string,
  ) {
    this.guard = new SqlGuard(
      async (sql) => textOf(await this.read('pipes', sql, 'TSVRaw', new Map())),
      unlisted,
    );
  }

  /**
   * Opens the folder. `onHopeless` is called when a statement keeps running and only the end of the process can stop
   * it. Throws a LocalServerError: ENGINE_MISSING or ENGINE_FAILED.
   */
  static async open(
    folder: string,
    limits: EngineLimits = {},
    onHopeless: () => void = () => undefined,
  ): Promise<Engine> {
    const {
      freeSeconds = queryLimits.free.max_execution_time,
      writeSeconds = WRITE_SECONDS,
      stuckSeconds = STUCK_SECONDS,
    } = limits;
    const chdb = await loadChdb();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const connectionArgs = await writePrivateConfig(dirname(folder));
      const open = (patience?: Patience) =>
        new EngineSession(new chdb.Session(folder, { connectionArgs }), patience);
      const patienceOf = (seconds: number) => ({
        runMs: seconds * 1000,
        graceMs: GRACE_MS,
        patienceMs: stuckSeconds * 1000,
      });
      const writer = open(new Patience(patienceOf(writeSeconds), stuckWriter, onHopeless));
      await writer.query('CREATE DATABASE IF NOT EXISTS nowhere ENGINE = Atomic', 'Null');
      await configure(writer, { ...commonSettings, ...writerSettings, max_execution_time: writeSeconds });
      const queries = new Gate();
      const openLane = (name: LaneName, seconds: number) => {
        const openReader = (runMs: number) => async (settings: Settings) => {
          const session = open();
          try {
            await configure(
              session,
              {
                ...commonSettings,
                ...readerSettings,
                ...laneSettings[name],
                ...queryLimits[name],
                ...Object.fromEntries(settings),
                // A query can shorten its time, not lengthen it.
                max_execution_time: Math.min(
                  runMs / 1000,
                  Number(settings.get('max_execution_time') ?? Infinity),
                ),
              },
              true,
            );
            const query = (sql: string, format: string, signal?: AbortSignal) =>
              queries.shared(() => {
                refuseGone(signal);
                return session.query(sql, format);
              });
            return { query, close: () => session.close() };
          } catch (error) {
            await session.close();
            throw error;
          }
        };
        const limits = patienceOf(seconds);
        return new Lane(shapeFor(threads()), limits, openReader, new Patience(limits, overrun, onHopeless));
      };
      const pipes = openLane('pipes', queryLimits.pipes.max_execution_time);
      const free = openLane('free', freeSeconds);
      const [row] = await rows<{ version: string }>(writer, 'SELECT version() AS version');
      const version = row?.version ?? '';
      const unlisted = version === listedEngineVersion ? new Set<string>() : await unlistedFunctions(writer);
      return new Engine(chdb, writer, open(), { pipes, free }, queries, unlisted, version);
    } catch (error) {
      throw new LocalServerError('ENGINE_FAILED', `The engine cannot open ${folder}: ${firstLine(error)}`, {
        cause: error,
      });
    }
  }

  /**
   * Runs a SELECT in a read-only session.
   *
   * @param settings everything that the query sets for itself
   * @param signal ends the query when nobody waits for its answer any more
   */
  read(
    lane: LaneName,
    sql: string,
    format: string,
    settings: Settings,
    signal?: AbortSignal,
  ): Promise<QueryResult> {
    const run = (marked: string) => this.lanes[lane].read(marked, format, settings, signal);
    return signal === undefined ? run(sql) : this.stopper.run(sql, signal, run);
  }

  /** Number of queries that wait for a slot. */
  get waiting(): number {
    return this.lanes.pipes.waiting + this.lanes.free.waiting;
  }

  /** Rows of a pipe's query, run in a read-only session. */
  async readRows<T>(sql: string, settings: Settings): Promise<T[]> {
    return parseRows<T>(await this.read('pipes', sql, 'JSONEachRow', settings));
  }

  /**
   * Runs a statement that may write.
   *
   * @param into the datasources that it may change; undefined: any
   */
  execute(sql: string, into?: readonly string[], around?: Around): Promise<void> {
    return this.writes.counted(into, () => this.writer.query(sql, 'Null', around));
  }

  /**
   * Runs a statement that changes no datasource and for which the engine needs a working folder. No query of a user runs meanwhile, so none can use
   * that folder, whatever it says; queries that come in the meantime wait.
   *
   * @throws {ApiError} 503 if the running queries do not end soon
   */
  executeInFolder(sql: string): Promise<void> {
    return this.execute(sql, [], (work) =>
      hasLeftWorkingFolder()
        ? this.queries.alone(() => inWorkingFolder(work), { ms: QUIET_MS, error: tooBusy })
        : work(),
    );
  }

  /** Rows of a SELECT in the writing session, which sees its own writes at once. */
  rows<T>(sql: string): Promise<T[]> {
    return rows<T>(this.writer, sql);
  }

  /** How many rows the running INSERT … SELECT has read, and of about how many; undefined if none runs. */
  async readOfInsert(): Promise<{ read: number; total: number } | undefined> {
    const [row] = await rows<{ read: number; total: number }>(
      this.control,
      `SELECT toFloat64(read_rows) AS read, toFloat64(total_rows_approx) AS total
       FROM system.processes WHERE startsWith(query, 'INSERT INTO') ORDER BY elapsed DESC LIMIT 1`,
    );
    return row;
  }

  /** The same rows as NDJSON, one JSON object a line. */
  async lines(sql: string): Promise<Buffer> {
    return Buffer.from((await this.writer.query(sql, 'JSONEachRow')).bytes);
  }

  /**
   * Inserts NDJSON; when it resolves, the rows are on disk and visible.
   *
   * @param into the datasources that get rows, those that views fill included
   */
  insert(table: string, body: Buffer, into?: readonly string[]): Promise<void> {
    return this.writes.counted(into, () => this.writer.insert(table, body, {}));
  }

  /** Waits for running statements and closes the folder. */
  async close(): Promise<void> {
    this.merges.close();
    await Promise.all([this.writer, this.lanes.pipes, this.lanes.free].map((one) => one.close()));
    await this.control.close();
    await this.chdb.drainPending();
  }
}

async function loadChdb(): Promise<Chdb> {
  try {
    return await import('chdb');
  } catch (error) {
    throw new LocalServerError(
      'ENGINE_MISSING',
      'The embedded engine is not installed: run "npm install chdb", or point TINYBIRD_URL at Tinybird Cloud',
      { cause: error },
    );
  }
}

async function configure(
  session: EngineSession,
  settings: Record<string, string | number>,
  isReader = false,
): Promise<void> {
  // In the default database, the engine would read an unknown table name as a file name; `nowhere` is empty and stays
  // empty.
  await session.query('USE nowhere', 'Null');
  const list = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await session.query(`SET ${list.join(', ')}`, 'Null');
  // Must be last: after it, no setting can be changed.
  if (isReader) await session.query('SET readonly = 1', 'Null');
}

function overrun(runMs: number): ApiError {
  return new ApiError(
    408,
    `[Error] Timeout exceeded: the query did not end within ${runMs / 1000} s and could not be cancelled: query less data at a time (TIMEOUT_EXCEEDED)`,
  );
}

function tooBusy(): ApiError {
  return new ApiError(
    503,
    `[Error] A file cannot be taken while queries run, and some have not ended within ${QUIET_MS / 1000} s: send it again later`,
  );
}

function stuckWriter(runMs: number): ApiError {
  return new ApiError(
    503,
    `[Error] A statement that writes did not end within ${runMs / 1000} s and could not be cancelled: the server restarts (TIMEOUT_EXCEEDED)`,
  );
}

async function rows<T>(session: EngineSession, sql: string): Promise<T[]> {
  return parseRows(await session.query(sql, 'JSONEachRow'));
}

/** The functions of a newer engine that are in none of our lists: nobody has checked yet what they do. */
async function unlistedFunctions(session: EngineSession): Promise<ReadonlySet<string>> {
  const known = await rows<{ name: string }>(session, 'SELECT name FROM system.functions');
  return new Set(
    known
      .map(({ name }) => name)
      .filter((name) => !isListed(name))
      .map((name) => name.toLowerCase()),
  );
}

function textOf({ bytes }: QueryResult): string {
  return Buffer.from(bytes).toString('utf8');
}

function parseRows<T>(result: QueryResult): T[] {
  const text = textOf(result).trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as T);
}

function firstLine(error: unknown): string {
  return cleanEngineMessage(messageOf(error)).split('\n')[0] ?? '';
}
