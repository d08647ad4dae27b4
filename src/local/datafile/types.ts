/** The parsed files of a project. Nothing here was checked by an engine yet. */

export interface Column {
  name: string;
  /** The ClickHouse type as written. */
  type: string;
  /** `$.a.b`, without the `json:` prefix. */
  jsonPath: string | undefined;
  /** A ClickHouse expression. */
  defaultExpression: string | undefined;
  /** A ClickHouse expression that computes the column from others as rows arrive; no row gives it a value. */
  materialized: string | undefined;
  /** The text inside CODEC(…). */
  codec: string | undefined;
}

export interface TableIndex {
  name: string;
  /** `expr TYPE type GRANULARITY n`. */
  definition: string;
}

/** Rows of a table that the engine keeps in another order, or aggregated, and reads instead where that is quicker. */
export interface TableProjection {
  name: string;
  /** `SELECT … GROUP BY … ORDER BY …`, without FROM. */
  query: string;
}

export interface TableEngine {
  /** `MergeTree`, `ReplacingMergeTree`, `Null`, … */
  name: string;
  sortingKey: string | undefined;
  partitionKey: string | undefined;
  primaryKey: string | undefined;
  samplingKey: string | undefined;
  ttl: string | undefined;
  settings: string | undefined;
  version: string | undefined;
  isDeleted: string | undefined;
  sign: string | undefined;
  summingColumns: string | undefined;
  joinStrictness: string | undefined;
  joinType: string | undefined;
  /** The columns by which a table of ENGINE Join is joined. */
  keyColumns: string | undefined;
}

/** Options as they are written: `KAFKA_TOPIC` → `clicks`. A value can contain `{{ tb_secret("NAME") }}`. */
export type Options = Readonly<Record<string, string>>;

export interface TokenGrant {
  name: string;
  permission: 'READ' | 'APPEND';
}

export interface Datasource {
  kind: 'datasource';
  name: string;
  description: string;
  columns: Column[];
  indexes: TableIndex[];
  projections: TableProjection[];
  engine: TableEngine;
  forwardQuery: string | undefined;
  backfill: 'skip' | undefined;
  /** The KAFKA_… or IMPORT_… options; undefined if the datasource imports nothing. Stored, never run. */
  connector: Options | undefined;
  tags: string[];
  /** Names of the workspaces that may read it. */
  sharedWith: string[];
  tokens: TokenGrant[];
  /** The file's text, verbatim. */
  content: string;
}

export interface PipeNode {
  name: string;
  description: string;
  sql: string;
}

/** A node whose rows are copied into a datasource, on demand or by schedule. */
export interface Copy {
  node: string;
  /** The datasource that takes the rows. */
  target: string;
  /** `@on-demand`, or cron's five fields in UTC. */
  schedule: string;
  /** `append` adds the rows, `replace` puts them in place of those that are there. */
  mode: 'append' | 'replace';
}

/** A node whose rows go to a datasource as they arrive in another. */
interface Materialization {
  node: string;
  datasource: string;
  alter: boolean;
  /** The engine of the datasource, in pipes that define it themselves; undefined if it has a file. */
  engine: TableEngine | undefined;
}

export interface Pipe {
  kind: 'pipe';
  name: string;
  description: string;
  nodes: PipeNode[];
  /** The node whose result the pipe serves over HTTP. */
  endpoint: string | undefined;
  materialized: Materialization[];
  copy: Copy | undefined;
  /** A node that Tinybird Cloud exports, with its EXPORT_… options. Stored, never run. */
  sink: { node: string; options: Options } | undefined;
  tags: string[];
  tokens: TokenGrant[];
  /** The file's text, verbatim. */
  content: string;
}

export const connectionTypes = ['kafka', 's3', 'gcs', 'dynamodb'] as const;
export type ConnectionType = (typeof connectionTypes)[number];

/** A connection to another service. Stored, never used. */
export interface Connection {
  kind: 'connection';
  name: string;
  description: string;
  type: ConnectionType;
  options: Options;
  /** The file's text, verbatim. */
  content: string;
}

export type Resource = Datasource | Pipe | Connection;
