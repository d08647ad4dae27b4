/** The columns that all tables of OpenTelemetry records share. */
import { engine, t, type AnyTypeValidator, type DatasourceDefinition, type Infer } from '@tinybirdco/sdk';
import { describe, type DescribedColumn } from './define.js';

/**
 * The tables of Tinybird's OpenTelemetry template (github.com/tinybirdco/tinybird-otel-template): same names,
 * columns, types and JSON keys, so that the OpenTelemetry Collector's `tinybird` exporter can feed them as well.
 *
 * Ours differ where a sender does not notice: exporters deliver at least once, so the tables deduplicate (read them
 * with FINAL); they are partitioned by month; they have no TTL; and they have `EventId`, which our collector sends
 * and other senders may leave out.
 */

/** A column with the JSON key that exporters send it under. */
export interface SentColumn<T extends AnyTypeValidator, P extends string> extends DescribedColumn<T> {
  jsonPath: P;
}

/** A column that is sent under `key`. */
export function sent<K extends string, T extends AnyTypeValidator>(
  key: K,
  type: T,
  description: string,
): SentColumn<T, `$.${K}`> {
  return { ...describe(type, description), jsonPath: `$.${key}` };
}

/** A column of lists that is sent under `key`. */
export function sentList<K extends string, T extends AnyTypeValidator>(key: K, item: T, description: string) {
  return { ...describe(t.array(item), description), jsonPath: `$.${key}[:]` } as const;
}

/**
 * A row as it is sent: under the columns' JSON keys where they have other names, with maps as plain objects.
 */
export type SentRow<D> =
  D extends DatasourceDefinition<infer S>
    ? {
        [C in keyof S as SentKey<S[C], C>]: SentValue<
          S[C] extends { type: infer T } ? Infer<T> : Infer<S[C]>
        >;
      }
    : never;

type SentKey<Column, Name> = Column extends { jsonPath: `$.${infer Path}` }
  ? Path extends `${infer Key}[:]`
    ? Key
    : Path
  : Name;

type SentValue<T> =
  T extends Map<string, infer V> ? Record<string, V> : T extends (infer E)[] ? SentValue<E>[] : T;

export const attributes = () => t.map(t.string().lowCardinality(), t.string());
export const nanoTime = () => t.dateTime64(9);

/** Identity of a record for the sorting key: the id that was sent, else one made of the record itself. */
export const identity = {
  column: sent(
    'event_id',
    t.string().default(''),
    'Identity of the record where our collector made it; empty otherwise.',
  ),
  /** 128 bits, because records without a time all share one timestamp. */
  ofContent: (columns: readonly string[]) =>
    `if(EventId = '', hex(sipHash128(${columns.join(', ')})), EventId)`,
};

/** Keeps one row per value of the sorting key. Rows with an equal key are equal in every column, so it does not matter which. */
export const keepOne = (time: string, sortingKey: readonly string[]) =>
  engine.replacingMergeTree({ sortingKey, partitionKey: `toYYYYMM(${time})` });

/** Columns that say where a record comes from. */
export const origin = {
  ServiceName: sent('service_name', t.string().lowCardinality(), 'Program that made it (service.name).'),
  ResourceSchemaUrl: sent(
    'resource_schema_url',
    t.string().lowCardinality(),
    "Schema of the resource's attributes.",
  ),
  ResourceAttributes: sent('resource_attributes', attributes(), 'What is known of that program.'),
  ScopeSchemaUrl: sent('scope_schema_url', t.string().lowCardinality(), "Schema of the scope's attributes."),
  ScopeName: sent('scope_name', t.string(), 'Part of the program that made it.'),
  ScopeVersion: sent('scope_version', t.string(), 'Version of that part.'),
  ScopeAttributes: sent('scope_attributes', attributes(), 'What is known of that part.'),
};
