/** The parsed files of a project. Nothing here was checked by an engine yet. */

export interface Column {
  name: string;
  /** The ClickHouse type as written. */
  type: string;
  /** `$.a.b`, without the `json:` prefix. */
  jsonPath: string | undefined;
  /** A ClickHouse expression. */
  defaultExpression: string | undefined;
  /** The text inside CODEC(…). */
  codec: string | undefined;
}

export interface TableIndex {
  name: string;
  /** `expr TYPE type GRANULARITY n`. */
  definition: string;
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
}

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
  engine: TableEngine;
  forwardQuery: string | undefined;
  backfill: 'skip' | undefined;
  tokens: TokenGrant[];
  /** The file's text, verbatim. */
  content: string;
}

export interface PipeNode {
  name: string;
  description: string;
  sql: string;
}

export interface Pipe {
  kind: 'pipe';
  name: string;
  description: string;
  nodes: PipeNode[];
  /** The node whose result the pipe serves over HTTP. */
  endpoint: string | undefined;
  materialized: { node: string; datasource: string; alter: boolean } | undefined;
  tokens: TokenGrant[];
  content: string;
}

export type Resource = Datasource | Pipe;
