import { TinybirdApi, TinybirdApiError, type InferOutputRow, type InferParams } from '@tinybirdco/sdk';
import type * as tables from '../datasources/index.js';
import type { Ingestible } from '../datasources/rows.js';
import { parseExactly } from '../base/json/exact-json.js';
import type * as questions from '../pipes/index.js';
import { StoreError, kindOfStatus, parseRetryAfter, type StoreErrorKind } from './store-error.js';
import type { Ms } from '../base/time/units.js';

type Tables = Ingestible;

/** Pipes that answer. The materialised view only fills a table. */
type Questions = Omit<typeof questions, 'mergeRequests'>;

/** Exact bounds of a question, UTC; a Date, a day (`YYYY-MM-DD`) or `YYYY-MM-DD HH:MM:SS[.mmm]`. They override `days`. */
interface Bounds {
  from?: Date | string;
  to?: Date | string;
}

/** What a question may be asked with: its own parameters, its bounds under their plain names. */
export type QuestionParams<Q> = Omit<InferParams<Q>, 'date_from' | 'date_to'> & Bounds;

/** How many rows Tinybird stored, and how many it set aside as malformed. */
export interface IngestOutcome {
  successful_rows: number;
  quarantined_rows: number;
}

/** The same for a file; Tinybird does not always say how many of its rows it stored. */
export interface AppendOutcome {
  successful_rows: number | null;
  quarantined_rows: number;
}

export interface CallOptions {
  /** Deadline. */
  timeoutMs?: Ms;
  /**
   * Takes an answer that is up to so many seconds old, as long as nothing was written since (HTTP's
   * Cache-Control: max-age). The embedded server keeps answers that are asked for so; others ignore it.
   */
  maxAgeSeconds?: number;
}

export interface SqlOptions extends CallOptions {
  /** Which token asks. Default: the one that reads. A table's quarantine may be open to the one that appends alone. */
  token?: 'append' | 'read';
}

type TableAccessors = {
  [K in keyof Tables]: {
    /** Sends rows and waits until they are stored. Throws {@link StoreError}. */
    ingest: (rows: tables.SentRow<Tables[K]>[], options?: CallOptions) => Promise<IngestOutcome>;
  };
};

type QuestionAccessors = {
  [K in keyof Questions]: {
    /** Asks and returns the rows. Throws {@link StoreError}. */
    query: (
      params?: QuestionParams<Questions[K]>,
      options?: CallOptions,
    ) => Promise<InferOutputRow<Questions[K]>[]>;
  };
};

export interface TinybirdClient extends TableAccessors, QuestionAccessors {
  /** Sends rows to the table of that name. What the spool uses: it knows a row's table by name. */
  ingest(table: string, rows: Record<string, unknown>[], options?: CallOptions): Promise<IngestOutcome>;
  /**
   * Sends a Parquet file to the table of that name and waits until its rows are stored: its columns by their names, a
   * column that the file has not gets its default. Rows that do not fit are quarantined, the others are stored.
   * Resolves as Tinybird's Data Sources API answers `mode=append`. Throws {@link StoreError}.
   */
  append(table: string, file: Uint8Array, options?: CallOptions): Promise<AppendOutcome>;
  /**
   * Runs one read-only SELECT and returns its rows. A number that a JavaScript number cannot hold (an integer
   * beyond 2^53, a long Decimal) is a string of its digits. Throws {@link StoreError}.
   */
  sql(query: string, options?: SqlOptions): Promise<Record<string, unknown>[]>;
  /** Names of the columns of a table or pipe, in the order of its rows, also where it has none. Throws {@link StoreError}. */
  columns(of: string, options?: CallOptions): Promise<string[]>;
  /**
   * The rows of a question or of one read-only SELECT as a Parquet file, in pieces as they come. Needs a `fetch`
   * that gives its bodies as streams, as the global one does. Throws {@link StoreError}.
   */
  parquet(of: ParquetSource, options?: CallOptions): Promise<AsyncIterable<Uint8Array>>;
}

/** What a Parquet file is to hold: a SELECT's rows, or those of a pipe by its name on the wire. */
export type ParquetSource = { sql: string } | { pipe: string; params: Record<string, unknown> };

export interface TinybirdClientOptions {
  /** Where Tinybird listens, e.g. `http://localhost:7181`. */
  baseUrl: string;
  /** One token for everything, or one that appends and one that reads. */
  token: string | { append: string; read: string };
  /** Stands in for the global fetch. */
  fetch?: typeof fetch;
  /** Deadline of every call where the call does not say. Default 10,000. */
  timeoutMs?: Ms;
}

/**
 * The one door to the data: every table and every question of the catalogue, typed from its definition.
 *
 * Speaks the same HTTP to the embedded server and to Tinybird Cloud. Retries nothing: the spool decides that. Every
 * method throws {@link StoreError}.
 *
 * @example
 * ```ts
 * import { createTinybirdClient } from 'atel';
 *
 * const client = createTinybirdClient({ baseUrl: 'http://localhost:7181', token: 'local' });
 * for (const { model, total_cost_usd } of await client.costByModel.query({ days: 30 }))
 *   console.log(model, total_cost_usd ?? 'unknown');
 * const [first] = await client.sql('SELECT count() AS requests FROM requests FINAL');
 * console.log(first?.requests);
 * ```
 */
export function createTinybirdClient(options: TinybirdClientOptions): TinybirdClient {
  const tokens =
    typeof options.token === 'string' ? { append: options.token, read: options.token } : options.token;
  const call = <T>(
    token: string,
    ask: (api: TinybirdApi, timeout: number) => Promise<T>,
    limits: CallOptions = {},
  ) => callStore(options, token, ask, limits);

  const ingest: TinybirdClient['ingest'] = (table, rows, limits) =>
    call(
      tokens.append,
      (api, timeout) => api.ingestBatch(table, rows, { timeout }).then(checkedOutcome),
      limits,
    );

  const query = (pipe: string, params: Record<string, unknown>, limits?: CallOptions) =>
    call(
      tokens.read,
      (api, timeout) => api.query(pipe, wireParams(params), { timeout }).then(checkedRows),
      limits,
    );

  const methods = {
    ingest,
    append: (table: string, file: Uint8Array, limits?: CallOptions) =>
      call(tokens.append, (api, timeout) => sendFile(api, table, file, timeout), limits),
    sql: (statement: string, { token = 'read', ...limits }: SqlOptions = {}) =>
      call(tokens[token], (api, timeout) => answerOf(api, statement, timeout).then(checkedRows), limits),
    columns: (of: string, limits?: CallOptions) =>
      call(
        tokens.read,
        (api, timeout) =>
          answerOf(api, `SELECT * FROM ${of} LIMIT 0 FORMAT JSON`, timeout).then(checkedColumns),
        limits,
      ),
    parquet: (of: ParquetSource, limits?: CallOptions) =>
      call(tokens.read, (api, timeout) => download(api, parquetPath(of), timeout), limits),
  };
  const accessors = new Map<string, unknown>();
  const accessor = (key: string) => {
    const name = wireName(key);
    return {
      ingest: (rows: Record<string, unknown>[], limits?: CallOptions) => ingest(name, rows, limits),
      query: (params: Record<string, unknown> = {}, limits?: CallOptions) => query(name, params, limits),
    };
  };
  // The types follow from the definitions. At run time only the name counts, so the definitions, which take long
  // to load, are not loaded: an accessor is made when it is first used.
  return new Proxy(methods, {
    get(known, key) {
      if (typeof key !== 'string' || Object.hasOwn(known, key)) return Reflect.get(known, key) as unknown;
      // A client can be returned from an async function, which looks for `then`.
      if (!isAccessor(key)) return undefined;
      const made = accessors.get(key) ?? accessor(key);
      accessors.set(key, made);
      return made;
    },
  }) as unknown as TinybirdClient;
}

/** Names of the catalogue are camelCase words in code: `costByModel`. */
function isAccessor(key: string): boolean {
  return /^[a-z]+(?:[A-Z][a-z]*)*$/.test(key) && key !== 'then' && key !== 'toJSON';
}

/** The name on the wire of a table or question that code names in camelCase: `cost_by_model` for `costByModel`. */
export function wireName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Where the settings put the store, and the tokens that they have for it. */
interface StoreSettings {
  tinybird_url: string;
  append_token: string;
  read_token: string;
}

/** The client of the store that the settings name. */
export function configuredClient(
  { tinybird_url, append_token, read_token }: StoreSettings,
  options: Omit<TinybirdClientOptions, 'baseUrl' | 'token'> = {},
): TinybirdClient {
  return createTinybirdClient({
    ...options,
    baseUrl: tinybird_url,
    token: { append: append_token, read: read_token },
  });
}

/** As the SDK asks, which would round the long numbers of the answer. */
async function answerOf(api: TinybirdApi, statement: string, timeoutMs: number): Promise<unknown> {
  const response = await api.request('/v0/sql', {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: statement,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.text();
  if (!response.ok) throw new TinybirdApiError(errorOf(body), response.status);
  return parseExactly(body);
}

function parquetPath(of: ParquetSource): string {
  if ('sql' in of) return `/v0/sql?${new URLSearchParams({ q: `${of.sql} FORMAT Parquet` }).toString()}`;
  const known = Object.entries(wireParams(of.params)).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(Object.fromEntries(known.map(([name, value]) => [name, String(value)])));
  return `/v0/pipes/${of.pipe}.parquet?${query.toString()}`;
}

async function download(
  api: TinybirdApi,
  path: string,
  timeoutMs: number,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await api.request(path, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new TinybirdApiError(errorOf(await response.text()), response.status);
  if (response.body === null) throw new OddAnswer('answered without a body');
  return response.body;
}

/** As the SDK sends a file, which it reads from the disk, without making a form of it first. */
async function sendFile(
  api: TinybirdApi,
  table: string,
  file: Uint8Array,
  timeoutMs: number,
): Promise<AppendOutcome> {
  const boundary = `atel-${crypto.randomUUID()}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="parquet"; filename="rows.parquet"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const query = new URLSearchParams({ name: table, mode: 'append', format: 'parquet' });
  const response = await api.request(`/v0/datasources?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.text();
  if (!response.ok) throw new TinybirdApiError(errorOf(body), response.status);
  return checkedAppend(JSON.parse(body));
}

function errorOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Told as it is.
  }
  return body;
}

/** A call that has left: where to, and what came back. */
interface Sent {
  to: string;
  answer: Response | null;
}

/**
 * Runs one call and turns whatever goes wrong between here and Tinybird into a StoreError. What cannot even be
 * sent (a Date in a row, a token that fits no header) is the caller's mistake and is thrown as it is.
 */
async function callStore<T>(
  { baseUrl, fetch: send = fetch, timeoutMs: defaultTimeoutMs }: TinybirdClientOptions,
  token: string,
  ask: (api: TinybirdApi, timeout: number) => Promise<T>,
  limits: CallOptions,
): Promise<T> {
  const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs ?? 10_000;
  const calls: Sent[] = [];
  const api = new TinybirdApi({
    baseUrl,
    token,
    fetch: async (input, init) => {
      const call: Sent = { to: typeof input === 'string' ? withoutQuery(input) : baseUrl, answer: null };
      calls.push(call);
      call.answer = await send(input, withMaxAge(init, limits.maxAgeSeconds));
      return call.answer;
    },
  });
  try {
    return await ask(api, timeoutMs);
  } catch (error) {
    const call = calls.at(-1);
    throw call === undefined ? error : toStoreError(error, call, timeoutMs);
  }
}

function withMaxAge(init: RequestInit | undefined, seconds: number | undefined): RequestInit | undefined {
  if (seconds === undefined) return init;
  const headers = new Headers(init?.headers);
  headers.set('cache-control', `max-age=${seconds}`);
  return { ...init, headers };
}

/** An address as an error names it: a question's parameters are nobody's business in a log. */
function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** Longest text of an answer that an error repeats: a proxy's error page is no message. */
const MAX_SAID = 500;

/** An answer that is JSON, but not the one that was asked for. */
class OddAnswer extends Error {}

function toStoreError(error: unknown, { to, answer }: Sent, timeoutMs: number): StoreError {
  const status = answer?.status ?? null;
  const fail = (kind: StoreErrorKind, what: string, retryAfterMs: number | null = null) =>
    new StoreError(kind, `${to} ${what}`, status, retryAfterMs, { cause: error });

  if (error instanceof TinybirdApiError) {
    const retryAfterMs = parseRetryAfter(answer?.headers.get('retry-after') ?? null, Date.now());
    const said = error.message.slice(0, MAX_SAID);
    return fail(kindOfStatus(error.statusCode), `answered ${error.statusCode}: ${said}`, retryAfterMs);
  }
  if (error instanceof OddAnswer) return fail('bad_response', error.message);
  if (error instanceof SyntaxError) return fail('bad_response', 'answered something that is not JSON');
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return fail('timeout', `did not answer within ${timeoutMs} ms`);
  }
  return fail('network', `cannot be reached: ${innermostMessage(error)}`);
}

/** What the socket said: fetch wraps it in an error that says only that it failed. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return innermostMessage(error.cause);
  // Where a name has two addresses and both refuse, there is no message: the code is all that is said.
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}

function checkedOutcome(outcome: IngestOutcome | null): IngestOutcome {
  if (
    outcome === null ||
    !Number.isInteger(outcome.successful_rows) ||
    !Number.isInteger(outcome.quarantined_rows)
  ) {
    throw new OddAnswer('answered without row counts');
  }
  return outcome;
}

/** Tinybird names the counts in two ways, and does not always give the one of the rows that it stored. */
function checkedAppend(answer: unknown): AppendOutcome {
  const { successful_rows, quarantined_rows, quarantine_rows, invalid_lines } = (answer ?? {}) as Record<
    string,
    unknown
  >;
  const quarantined = quarantined_rows ?? quarantine_rows;
  if (!Number.isInteger(quarantined)) throw new OddAnswer('answered without row counts');
  return {
    successful_rows: Number.isInteger(successful_rows) ? Number(successful_rows) : null,
    quarantined_rows: Number(quarantined) + (Number.isInteger(invalid_lines) ? Number(invalid_lines) : 0),
  };
}

function checkedRows(result: unknown): Record<string, unknown>[] {
  const rows = (result as { data?: unknown } | null)?.data;
  if (!Array.isArray(rows)) throw new OddAnswer('answered without rows');
  return rows as Record<string, unknown>[];
}

function checkedColumns(result: unknown): string[] {
  const columns = (result as { meta?: unknown } | null)?.meta;
  if (!Array.isArray(columns)) throw new OddAnswer('answered without columns');
  return (columns as { name: string }[]).map(({ name }) => name);
}

/** Puts the bounds under the names that they have on the wire, in the format that Tinybird checks. */
function wireParams(params: Record<string, unknown>): Record<string, unknown> {
  const { from, to, ...rest } = params;
  return { ...rest, date_from: wireTime(from), date_to: wireTime(to) };
}

function wireTime(bound: unknown): unknown {
  if (bound instanceof Date) return bound.toISOString().replace('T', ' ').replace('Z', '');
  // A day is its first moment.
  return typeof bound === 'string' && /^\d{4}-\d\d-\d\d$/.test(bound) ? `${bound} 00:00:00` : bound;
}
