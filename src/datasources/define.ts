/** Defines tables, and the columns that they share. */
import {
  defineDatasource,
  defineToken,
  t,
  type AnyTypeValidator,
  type ColumnDefinition,
  type DatasourceDefinition,
  type EngineConfig,
} from '@tinybirdco/sdk';

/** May append rows and read nothing: the token of hooks and collectors. */
const appendToken = defineToken('agent_telemetry_append');
/** May read tables and pipes and write nothing: the token of the CLI, the page and the API. */
export const readToken = defineToken('agent_telemetry_read');

/** A column with the sentence that explains it. */
export interface DescribedColumn<T extends AnyTypeValidator> extends ColumnDefinition<T> {
  /** What the value means, with its unit. */
  description: string;
}

type DescribedSchema = Record<string, DescribedColumn<AnyTypeValidator>>;

/** Attaches a description to a column's type. */
export function describe<T extends AnyTypeValidator>(type: T, description: string): DescribedColumn<T> {
  return { type, description };
}

/** A table whose name is part of its type, so that a row cannot be sent to the wrong table. */
export type NamedTable<N extends string, T extends DescribedSchema> = DatasourceDefinition<T> & {
  readonly _name: N;
};

/**
 * Defines a table of the catalogue.
 *
 * Tinybird's datafiles have no place for a column's description, so the table's own DESCRIPTION lists them. It is shown
 * in Tinybird's UI and at `/v0/datasources/NAME`. Columns of a materialised target are filled only by a view, so they
 * have no JSON path and no append token.
 */
export function defineTable<N extends string, T extends DescribedSchema>(
  name: N,
  options: { description: string; schema: T; engine: EngineConfig; materialized?: boolean },
): NamedTable<N, T> {
  const columns = Object.entries(options.schema).map(
    ([column, { description }]) => `    - ${column}: ${description}`,
  );
  const target = options.materialized === true;
  const table = defineDatasource(name, {
    description: [options.description, '    Columns:', ...columns].join('\n'),
    schema: options.schema,
    engine: options.engine,
    jsonPaths: !target,
    tokens: [
      { token: readToken, scope: 'READ' },
      ...(target ? [] : [{ token: appendToken, scope: 'APPEND' } as const]),
    ],
  });
  return { ...table, _name: name };
}

const name = () => t.string().lowCardinality().default('');

/** Columns that every table has, under the same name and with the same meaning. */
export const common = {
  event_id: describe(t.string(), 'Identity of what happened: the same event seen again has the same id.'),
  timestamp: describe(t.dateTime64(3, 'UTC'), 'When it happened, UTC, milliseconds.'),
  session_id: describe(t.string(), "Claude Code's session id; empty where the owner is not known."),
  project: describe(
    name(),
    "Main repository root's name and a hash of its remote or path; empty if unknown.",
  ),
  source: describe(t.string().lowCardinality(), 'Layer that saw it: hook, otel, transcript, git or cli.'),
  origin: describe(name(), 'live or backfill: how the row came in, never part of an identity.'),
  device: describe(name(), 'Random id of the machine that recorded it; no host name.'),
  privacy_tier: describe(t.uint8(), 'Privacy tier whose allow-lists made the row (1: counts and metadata).'),
  schema_version: describe(t.uint16(), 'Version of the row layout.'),
};

/** Columns that say which piece of work a row belongs to; empty where they do not apply. */
export const work = {
  prompt_id: describe(t.string().default(''), 'Id of the prompt that was being worked on.'),
  agent_id: describe(t.string().default(''), 'Id of the subagent; empty for the main thread.'),
  agent_type: describe(
    name(),
    'Type of the subagent (Explore, reviewer, plugin:name …); empty for the main thread.',
  ),
  skill_name: describe(name(), 'Skill that the work was done under.'),
  model: describe(name(), 'Model id as the API gave it, without a context-window suffix.'),
};

/** A counted or measured value that may be unknown. */
export const unknowable = {
  tokens: (what: string) => describe(t.uint32().nullable(), `${what}, tokens; null where unknown.`),
  durationMs: (what: string) => describe(t.uint64().nullable(), `${what}, milliseconds; null where unknown.`),
};
