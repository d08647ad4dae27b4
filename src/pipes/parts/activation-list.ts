/** Defines the questions that list starts and stops of subagents, or uses of skills. */
import { node, type AnyTypeValidator } from '@tinybirdco/sdk';
import { defineQuestion, inProject, inWindow, windowParams } from './define.js';
import { pageBy } from './page.js';

const page = pageBy('event_id', 'after_id', 'rows');

interface Table<S extends Record<string, { type: AnyTypeValidator }>> {
  _name: string;
  _schema: S;
}

/** The rows that only OpenTelemetry reported, in a table's columns. */
interface Heard<Column> {
  /** The SELECT for them. */
  rows: string;
  /** Expressions for the columns that the SELECT lacks or has in another form. */
  instead: Partial<Record<Column & string, string>>;
}

/** By which column a table is sorted: FINAL leaves out no months, but all rows of other keys. */
type Key = 'session_id' | 'event_id';

/**
 * Defines a question that pages through the rows of a table, each once, together with those that only OpenTelemetry
 * reported; at most `limit` rows after the row whose timestamp and event_id are given.
 */
export function activationList<S extends Record<string, { type: AnyTypeValidator }>>(
  name: string,
  description: string,
  { _name: table, _schema: schema }: Table<S>,
  key: Key,
  { rows, instead }: Heard<keyof S>,
) {
  const columns = Object.keys(schema);
  const heard = columns.map((column) => {
    const expression = instead[column];
    return expression === undefined ? column : `${expression} AS ${column}`;
  });
  return defineQuestion(name, {
    description: `${description} In order of time: at most \`limit\` rows after the one that after_time and after_id name. Rows that only OpenTelemetry reported have source otel.`,
    params: { ...windowParams, ...page.params },
    nodes: [
      node({
        name: 'activations',
        sql: `
SELECT ${columns.join(', ')}
FROM ${table}
FINAL
WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${inWindow})
  AND ${inWindow}
  ${inProject}
UNION ALL
SELECT ${heard.join(', ')}
FROM (${rows})`,
      }),
      node({
        name: 'page',
        sql: `
SELECT *
FROM activations
WHERE 1 = 1${page.end}`,
      }),
    ],
    output: typesOf(schema),
  });
}

/** The types of a table's columns, as an answer has them. */
function typesOf<S extends Record<string, { type: AnyTypeValidator }>>(schema: S) {
  const types = Object.entries(schema).map(([column, { type }]) => [column, type]);
  return Object.fromEntries(types) as { [K in keyof S]: S[K]['type'] };
}
