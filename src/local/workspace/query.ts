/** Runs queries of pipes and free queries. */
import { MOST_ANSWER_BYTES, MOST_FILE_BYTES, type LaneName } from '../engine/engine.js';
import { ApiError, DatafileError } from '../errors.js';
import { compileTemplate, renderTemplate, type RequestParameters } from '../template/template.js';
import type { CompiledPipe } from './project.js';
import { answerTooLarge, queryProblem } from './query-problem.js';
import type { Resolved } from './resolve.js';
import type { Workspace } from './workspace.js';

/** Formats by the extension in `/v0/pipes/NAME.EXT` and by FORMAT, with their content types. */
export const pipeFormats: ReadonlyMap<string, string> = new Map([
  ['json', 'JSON'],
  ['csv', 'CSVWithNames'],
  ['csvwithnames', 'CSVWithNames'],
  ['ndjson', 'JSONEachRow'],
  ['parquet', 'Parquet'],
  ['prometheus', 'Prometheus'],
]);

const contentTypes = new Map([
  ['JSON', 'application/json; charset=utf-8'],
  ['JSONCompact', 'application/json; charset=utf-8'],
  ['JSONStrings', 'application/json; charset=utf-8'],
  ['JSONEachRow', 'application/x-ndjson; charset=utf-8'],
  ['JSONCompactEachRow', 'application/x-ndjson; charset=utf-8'],
  ['NDJSON', 'application/x-ndjson; charset=utf-8'],
  ['CSV', 'text/csv; charset=utf-8'],
  ['CSVWithNames', 'text/csv; charset=utf-8'],
  ['TSV', 'text/tab-separated-values; charset=utf-8'],
  ['TSVWithNames', 'text/tab-separated-values; charset=utf-8'],
  ['TabSeparated', 'text/tab-separated-values; charset=utf-8'],
  ['TabSeparatedWithNames', 'text/tab-separated-values; charset=utf-8'],
  ['Pretty', 'text/plain; charset=utf-8'],
  ['PrettyCompact', 'text/plain; charset=utf-8'],
  ['Vertical', 'text/plain; charset=utf-8'],
  ['Parquet', 'application/vnd.apache.parquet'],
  ['Prometheus', 'text/plain; version=0.0.4; charset=utf-8'],
]);

export interface Answer {
  bytes: Uint8Array;
  contentType: string;
  /** What the engine read for it. */
  read: { rows: number; bytes: number };
  /** Number of rows in it; undefined if the format does not tell. */
  rows: number | undefined;
  /** Whether service data sources were read: such a call is none of their rows itself. */
  isAboutService: boolean;
}

export interface OutputOptions {
  quote64: boolean;
  /** Ends the query when its client has gone. */
  signal?: AbortSignal;
}

/** Runs an endpoint. Throws an ApiError. */
export async function queryPipe(
  workspace: Workspace,
  name: string,
  parameters: RequestParameters,
  format: string,
  output: OutputOptions,
): Promise<Answer> {
  const compiled = endpointOf(workspace, name);
  const resolved = resolveOrThrow(() =>
    workspace.resolver.node(compiled, compiled.pipe.endpoint ?? '', parameters, 'run'),
  );
  return run(workspace, resolved, format, output, 'pipes');
}

function endpointOf(workspace: Workspace, name: string): CompiledPipe {
  const compiled = workspace.project.pipes.get(name);
  if (!compiled) throw new ApiError(404, `The pipe '${name}' does not exist`);
  if (compiled.pipe.endpoint === undefined)
    throw new ApiError(404, `The pipe '${name}' does not have an endpoint`);
  return compiled;
}

/** A query that is not a deployed pipe's. */
export interface FreeQuery {
  /** A SELECT, or a template of one, which starts with %. */
  sql: string;
  /** For the template, and for the pipes that the query reads. */
  parameters: RequestParameters;
  /** What `_` means. */
  subject: string | undefined;
  /** Changes the SELECT before it is resolved. */
  rewrite?: (sql: string) => string;
}

/** Resolves a free query to SQL for the engine. Throws an ApiError with status 400, or the one of its template. */
export function resolveQuery(
  workspace: Workspace,
  { sql, parameters, subject, rewrite = (text) => text }: FreeQuery,
): Resolved {
  const template = compileTemplate(sql);
  const rendered = renderTemplate(template, parameters, 'run');
  return resolveOrThrow(() => workspace.resolver.query(rewrite(rendered.sql), subject, parameters));
}

/**
 * Checks the exact SQL of a resolved query and runs it, in its own FORMAT or else in `fallback`. Throws an ApiError.
 */
export async function run(
  { engine, activity }: Pick<Workspace, 'engine'> & { activity: Pick<Workspace['activity'], 'publish'> },
  resolved: Resolved,
  fallback: string,
  output: OutputOptions,
  lane: LaneName,
): Promise<Answer> {
  const format = resolved.format === undefined ? fallback : knownFormat(resolved.format);
  // In parentheses, so that nothing in the query can end it.
  const sql = `(${resolved.sql}\n)`;
  const settings = new Map(resolved.settings);
  const most = format === 'Parquet' ? MOST_FILE_BYTES : MOST_ANSWER_BYTES;
  if (format === 'Parquet') settings.set('max_result_bytes', String(most));
  if (output.quote64) settings.set('output_format_json_quote_64bit_integers', '1');
  if (resolved.services.size > 0) await activity.publish();
  try {
    await check(engine, sql, resolved.tables, settings, lane, output.signal);
    const { bytes, rowsRead, bytesRead } = await engine.read(lane, sql, format, settings, output.signal);
    if (bytes.byteLength > most) throw answerTooLarge(most);
    return {
      bytes,
      contentType: contentTypes.get(format) ?? 'text/plain; charset=utf-8',
      read: { rows: rowsRead, bytes: bytesRead },
      rows: rowsIn(bytes, format),
      isAboutService: resolved.services.size > 0,
    };
  } catch (error) {
    throw error instanceof DatafileError ? new ApiError(400, error.message) : queryProblem(error, lane, most);
  }
}

/** The SQL of a pipe's node for a statement that writes: checked like a query, and never run by itself. Throws an ApiError. */
export async function checkedNode(
  { engine, resolver, activity }: Pick<Workspace, 'engine' | 'resolver' | 'activity'>,
  pipe: CompiledPipe,
  node: string,
  parameters: RequestParameters,
): Promise<Resolved> {
  const resolved = resolveOrThrow(() => resolver.node(pipe, node, parameters, 'run'));
  if (resolved.services.size > 0) await activity.publish();
  try {
    await check(
      engine,
      `(${resolved.sql}\n)`,
      resolved.tables,
      new Map(resolved.settings),
      'pipes',
      undefined,
    );
    return resolved;
  } catch (error) {
    throw error instanceof DatafileError
      ? new ApiError(400, error.message)
      : queryProblem(error, 'pipes', MOST_ANSWER_BYTES);
  }
}

async function check(
  engine: Workspace['engine'],
  sql: string,
  tables: ReadonlySet<string>,
  settings: ReadonlyMap<string, string>,
  lane: LaneName,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parse = async (explain: string) => {
    const { bytes } = await engine.read(lane, explain, 'TSVRaw', settings, signal);
    return Buffer.from(bytes).toString('utf8');
  };
  await engine.guard.checkText(sql, tables, parse, lane === 'free');
}

const NEW_LINE = 10;

/** Number of rows in an answer, if its format tells it. */
function rowsIn(bytes: Uint8Array, format: string): number | undefined {
  if (format === 'JSONEachRow' || format === 'JSONCompactEachRow') {
    let count = 0;
    for (let at = bytes.indexOf(NEW_LINE); at >= 0; at = bytes.indexOf(NEW_LINE, at + 1)) count += 1;
    return count;
  }
  if (!format.startsWith('JSON')) return undefined;
  const end = Buffer.from(bytes.subarray(-1_000)).toString('utf8');
  const [, rows] =
    /"rows":\s*(\d+),?\s*(?:"rows_before_limit_at_least":\s*\d+,?\s*)?(?:"statistics":|\}\s*$)/.exec(end) ??
    [];
  return rows === undefined ? undefined : Number(rows);
}

function knownFormat(name: string): string {
  const known = [...contentTypes.keys()].find((format) => format.toLowerCase() === name.toLowerCase());
  if (known === undefined) {
    throw new ApiError(
      400,
      `FORMAT ${name} is not supported by the local server; it has ${[...contentTypes.keys()].join(', ')}`,
    );
  }
  return known === 'NDJSON' ? 'JSONEachRow' : known;
}

function resolveOrThrow(work: () => Resolved): Resolved {
  try {
    return work();
  } catch (error) {
    if (error instanceof DatafileError) throw new ApiError(400, error.message);
    throw error;
  }
}
