/** Tinybird's service data sources, `tinybird.NAME`: their columns, and the SQL that reads them. */
import { ApiError } from '../errors.js';
import { plainName, qualified, quoteIdentifier, quoteLiteral } from '../sql/quote.js';

const request = 'request_id String, pipe_id String, pipe_name String';

/** The columns of each, as the structure of a table. What is not measured here is Nullable, and null. */
const structures = {
  pipe_stats_rt: `start_datetime DateTime, ${request}, duration Float64, read_bytes Nullable(UInt64),
    read_rows Nullable(UInt64), result_rows Nullable(UInt64), url Nullable(String), error UInt8, token String, token_name String, status_code Int32,
    method String, parameters Map(String, String), release Nullable(String), user_agent Nullable(String),
    resource_tags Array(String), cpu_time Nullable(Float64)`,
  pipe_stats: `date Date, pipe_id String, pipe_name String, view_count UInt64, error_count UInt64,
    avg_duration_state AggregateFunction(avg, Float32),
    quantile_timing_state AggregateFunction(quantilesTiming(0.9, 0.95, 0.99), Float64), read_bytes_sum Nullable(UInt64),
    read_rows_sum Nullable(UInt64), resource_tags Array(String)`,
  endpoint_errors: `start_datetime DateTime, ${request}, params Nullable(String), url Nullable(String),
    status_code Nullable(Int32), error Nullable(String), resource_tags Array(String)`,
  datasources_ops_log: `timestamp DateTime, event_type String, datasource_id String, datasource_name String,
    result String, elapsed_time Float32, error Nullable(String), import_id Nullable(String), job_id Nullable(String),
    ${request}, rows Nullable(UInt64), rows_quarantine Nullable(UInt64), blocks_ids Array(String),
    \`Options.Names\` Array(String), \`Options.Values\` Array(String), operation_id String,
    read_rows Nullable(UInt64), read_bytes Nullable(UInt64), written_rows Nullable(UInt64),
    written_bytes Nullable(UInt64), written_rows_quarantine Nullable(UInt64),
    written_bytes_quarantine Nullable(UInt64), release String, resource_tags Array(String),
    cpu_time Nullable(Float32)`,
  datasources_storage: `timestamp DateTime, datasource_id String, datasource_name String, bytes UInt64, rows UInt64,
    bytes_quarantine UInt64, rows_quarantine UInt64`,
  block_log: `timestamp DateTime, import_id String, job_id Nullable(String), request_id String, source String,
    block_id String, status String, datasource_id String, datasource_name String, start_offset Nullable(Int64),
    end_offset Nullable(Int64), rows Nullable(Int32), parser Nullable(String), quarantine_lines Nullable(UInt32),
    empty_lines Nullable(UInt32), bytes Nullable(UInt32), processing_time Nullable(Float32),
    processing_error Nullable(String)`,
  kafka_ops_log: `timestamp DateTime, datasource_id String, topic String, partition Int16, msg_type String, lag Int64,
    processed_messages Int32, processed_bytes Int32, committed_messages Int32, msg String`,
  jobs_log: `job_id String, job_type String, workspace_id String, pipe_id String, pipe_name String, created_at DateTime,
    started_at DateTime, updated_at DateTime, status String, error Nullable(String), job_metadata String`,
  sinks_ops_log: `timestamp DateTime64(3), service LowCardinality(String), pipe_id String, pipe_name String,
    token_name String, result LowCardinality(String), error Nullable(String), elapsed_time Float64,
    job_id Nullable(String), read_rows UInt64, written_rows UInt64, read_bytes UInt64, written_bytes UInt64,
    output Array(String), parameters Map(String, String), options Map(String, String), cpu_time Float64`,
  bi_stats_rt: `start_datetime DateTime, query String, query_normalized String, error_code Int32, error String,
    duration UInt64, read_rows UInt64, read_bytes UInt64, result_rows UInt64, result_bytes UInt64`,
} as const;

type ServiceName = keyof typeof structures;

/** Computed from others, or never filled by this server. */
const derived = ['pipe_stats'] as const;
const unrecorded = ['block_log'] as const;
export type ServiceTable = Exclude<ServiceName, (typeof derived)[number] | (typeof unrecorded)[number]>;

/**
 * The columns of those that have a table of their own. Nothing fills the logs of Kafka, sinks and BI tools, because none
 * of these runs here: that they are empty is true.
 */
export const serviceColumns: ReadonlyMap<ServiceTable, string> = new Map(
  Object.entries(structures).flatMap(([name, columns]) => (isTable(name) ? [[name, columns]] : [])),
);

function isName(name: string): name is ServiceName {
  return Object.hasOwn(structures, name);
}

function isTable(name: string): name is ServiceTable {
  const others: readonly string[] = [...derived, ...unrecorded];
  return isName(name) && !others.includes(name);
}

/** Whether `tinybird.name` is a service data source. */
export function isService(parts: readonly string[]): boolean {
  const [owner, name = '', ...rest] = parts;
  return owner === 'tinybird' && rest.length === 0 && isName(name);
}

/** A table without rows but with the columns of the service data source, for the check of a build. */
export function serviceStandIn(name: string, needsAlias: boolean): string {
  const columns = (isName(name) ? structures[name] : '').replaceAll(/\s+/g, ' ');
  return aliased(`(SELECT * FROM null(${quoteLiteral(columns)}))`, name, needsAlias);
}

/**
 * The SQL that reads a service data source, and the table that it reads.
 *
 * @param database the one with the tables
 * @throws {ApiError} 501 for one that nothing fills: an empty answer would look as if nothing had happened
 */
export function serviceSource(
  name: string,
  database: string,
  needsAlias: boolean,
): { sql: string; table: string } {
  const table = name === 'pipe_stats' ? 'pipe_stats_rt' : name;
  if (!isTable(table)) {
    throw new ApiError(
      501,
      `The service data source tinybird.${name} has no rows here: the local server does not record blocks of imports. Query it on Tinybird Cloud`,
    );
  }
  const source = qualified(database, table);
  const sql = name === 'pipe_stats' ? `(${statsByDay(source)})` : source;
  return { sql: aliased(sql, name, needsAlias), table: plainName(source) };
}

/** The calls of each day and endpoint. */
function statsByDay(calls: string): string {
  return `SELECT toDate(start_datetime) AS date, pipe_id, pipe_name, count() AS view_count,
    countIf(error = 1) AS error_count, avgState(toFloat32(duration)) AS avg_duration_state,
    quantilesTimingState(0.9, 0.95, 0.99)(duration) AS quantile_timing_state, sum(read_bytes) AS read_bytes_sum,
    sum(read_rows) AS read_rows_sum, CAST([], 'Array(String)') AS resource_tags
    FROM ${calls} GROUP BY date, pipe_id, pipe_name`;
}

function aliased(sql: string, name: string, needsAlias: boolean): string {
  return needsAlias ? `${sql} AS ${quoteIdentifier(name)}` : sql;
}
