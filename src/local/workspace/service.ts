/** Tinybird's service data sources, `tinybird.NAME`: their columns, so that pipes over them can be built. */
import { ApiError } from '../errors.js';
import { quoteIdentifier, quoteLiteral } from '../sql/quote.js';

const request = 'request_id String, pipe_id String, pipe_name String';

/** The columns of each, as the structure of a table. */
const structures: Readonly<Record<string, string>> = {
  pipe_stats_rt: `start_datetime DateTime, ${request}, duration Float64, read_bytes UInt64, read_rows UInt64,
    result_rows UInt64, url Nullable(String), error UInt8, token String, token_name String, status_code Int32,
    method String, parameters Map(String, String), release Nullable(String), user_agent Nullable(String),
    resource_tags Array(String), cpu_time Float64`,
  pipe_stats: `date Date, pipe_id String, pipe_name String, view_count UInt64, error_count UInt64,
    avg_duration_state AggregateFunction(avg, Float32),
    quantile_timing_state AggregateFunction(quantilesTiming(0.9, 0.95, 0.99), Float64), read_bytes_sum UInt64,
    read_rows_sum UInt64, resource_tags Array(String)`,
  endpoint_errors: `start_datetime DateTime, ${request}, params Nullable(String), url Nullable(String),
    status_code Nullable(Int32), error Nullable(String), resource_tags Array(String)`,
  datasources_ops_log: `timestamp DateTime, event_type String, datasource_id String, datasource_name String,
    result String, elapsed_time Float32, error Nullable(String), import_id Nullable(String), job_id Nullable(String),
    ${request}, rows Nullable(UInt64), rows_quarantine Nullable(UInt64), blocks_ids Array(String),
    \`Options.Names\` Array(String), \`Options.Values\` Array(String), operation_id String, read_rows UInt64,
    read_bytes UInt64, written_rows UInt64, written_bytes UInt64, written_rows_quarantine UInt64,
    written_bytes_quarantine UInt64, release String, resource_tags Array(String), cpu_time Float32`,
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
};

/** Whether `tinybird.name` is a service data source. */
export function isService(parts: readonly string[]): boolean {
  const [owner, name = '', ...rest] = parts;
  return owner === 'tinybird' && rest.length === 0 && Object.hasOwn(structures, name);
}

/** A table without rows but with the columns of the service data source, for the check of a build. */
export function serviceStandIn(name: string, needsAlias: boolean): string {
  const columns = (structures[name] ?? '').replaceAll(/\s+/g, ' ');
  const alias = needsAlias ? ` AS ${quoteIdentifier(name)}` : '';
  return `(SELECT * FROM null(${quoteLiteral(columns)}))${alias}`;
}

/** The error for a query: an empty answer would look as if nothing had happened. */
export function serviceRefusal(name: string): ApiError {
  return new ApiError(
    501,
    `The service data source tinybird.${name} has no rows here: the local server does not record requests and operations. Query it on Tinybird Cloud`,
  );
}
