/** The typed client of the store: a method per table and per pipe. */
import { TinybirdApi, TinybirdApiError, type InferOutputRow, type InferParams } from '@tinybirdco/sdk';
import type * as tables from '../datasources/index.js';
import type { Ingestible } from '../datasources/rows.js';
import { asText, parseObject } from '../base/json/json.js';
import { parseExactly } from '../base/json/exact-json.js';
import type * as questions from '../pipes/index.js';
import { StoreError, kindOfStatus, parseRetryAfter, type StoreErrorKind } from './store-error.js';
import type { Ms } from '../base/time/units.js';

type Tables = Ingestible;

/** Pipes that can be queried. */
type Questions = typeof questions;

/** Exact bounds of a query, UTC: a Date, a day (`YYYY-MM-DD`) or `YYYY-MM-DD HH:MM:SS[.mmm]`. They override `days`. */
interface Bounds {
  from?: Date | string;
  to?: Date | string;
}

/** The parameters of a pipe, with its bounds under the names `from` and `to`. */
export type QuestionParams<Q> = Omit<InferParams<Q>, 'date_from' | 'date_to'> & Bounds;

/** How many rows Tinybird stored, and how many it quarantined. */
export interface IngestOutcome {
  successful_rows: number;
  quarantined_rows: number;
}

/** The same for a file; Tinybird does not always report the number of stored rows. */
export interface AppendOutcome {
  successful_rows: number | null;
  quarantined_rows: number;
}

export interface CallOptions {
  /** Deadline in milliseconds. */
  timeoutMs?: Ms;
  /**
   * Accepts an answer of at most this age, as long as nothing was written since (HTTP's Cache-Control: max-age). The
   * embedded server caches such answers; other stores ignore it.
   */
  maxAgeSeconds?: number;
}

export interface SqlOptions extends CallOptions {
  /** Which token to use. Default: the read token. Only the append token may be allowed to read a table's quarantine. */
  token?: 'append' | 'read';
}

type TableAccessors = {
  [K in keyof Tables]: {
    /** Sends rows and waits until they are stored. @throws {StoreError} */
    ingest: (rows: tables.SentRow<Tables[K]>[], options?: CallOptions) => Promise<IngestOutcome>;
  };
};

type QuestionAccessors = {
  [K in keyof Questions]: {
    /** Queries the pipe and returns its rows. @throws {StoreError} */
    query: (
      params?: QuestionParams<Questions[K]>,
      options?: CallOptions,
    ) => Promise<InferOutputRow<Questions[K]>[]>;
  };
};

export interface TinybirdClient extends TableAccessors, QuestionAccessors {
  /** Sends rows to a table by its name, for the spool, which has only the name. */
  ingest(table: string, rows: Record<string, unknown>[], options?: CallOptions): Promise<IngestOutcome>;
  /**
   * Sends a Parquet file to a table by its name and waits until its rows are stored. Columns are matched by name; a
   * column that the file lacks gets its default. Rows that do not fit are quarantined, the others stored. Resolves to
   * the outcome of `mode=append` in Tinybird's Data Sources API.
   *
   * @throws {StoreError}
   */
  append(table: string, file: Uint8Array, options?: CallOptions): Promise<AppendOutcome>;
  /**
   * Runs one read-only SELECT and returns its rows. A number that JavaScript cannot hold exactly (an integer beyond
   * 2^53, a long Decimal) is returned as a string of its digits.
   *
   * @throws {StoreError}
   */
  sql(query: string, options?: SqlOptions): Promise<Record<string, unknown>[]>;
  /** The column names of a table or pipe, in order, even if it has no rows. @throws {StoreError} */
  columns(of: string, options?: CallOptions): Promise<string[]>;
  /**
   * The rows of a pipe or of one read-only SELECT as a Parquet file, streamed. Needs a `fetch` that streams its bodies,
   * as the global one does.
   *
   * @throws {StoreError}
   */
  parquet(of: ParquetSource, options?: CallOptions): Promise<AsyncIterable<Uint8Array>>;
}

/** The rows that a Parquet file should hold: those of a SELECT, or of a pipe by its wire name. */
export type ParquetSource = { sql: string } | { pipe: string; params: Record<string, unknown> };

export interface TinybirdClientOptions {
  /** The address of Tinybird, e.g. `http://localhost:7181`. */
  baseUrl: string;
  /** One token for everything, or an append token and a read token. */
  token: string | { append: string; read: string };
  /** Replaces the global fetch. */
  fetch?: typeof fetch;
  /** Deadline of a call that sets none, milliseconds. Default 10,000. */
  timeoutMs?: Ms;
  /** Ends all calls, for a client that is made for one task. */
  signal?: AbortSignal;
}

/**
 * The client: every table and every pipe of the catalogue, typed from its definition.
 *
 * It uses the same HTTP for the embedded server and for Tinybird Cloud. It retries nothing: the spool decides that. Every
 * method throws {@link StoreError}.
 *
 * @example
 * ```ts
 * import { createTinybirdClient } from 'atel';
 *
 * const client = createTinybirdClient({ baseUrl: 'http://localhost:7181', token: 'local' });
 * for (const { model, total_cost_usd } of await client.costByModel.query({ days: 30 }))
 *   console.log(model, total_cost_usd ?? 'unknown');
 * const [first] = await client.sql('SELECT count() AS requests FROM requests FINAL WHERE week = toMonday(timestamp)');
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
  // The types come from the definitions, which are slow to load. At run time only the names are needed, so the
  // definitions are not loaded and an accessor is made at its first use. Hence the cast: no value here has the names.
  return new Proxy(methods, {
    get(known, key) {
      if (typeof key !== 'string' || Object.hasOwn(known, key)) return Reflect.get(known, key) as unknown;
      // An async function that returns a client looks for a `then` on it.
      if (!isAccessor(key)) return undefined;
      const made = accessors.get(key) ?? accessor(key);
      accessors.set(key, made);
      return made;
    },
  }) as unknown as TinybirdClient;
}

/** Whether a key has the form of a name in the catalogue: camelCase words, as in `costByModel`. */
function isAccessor(key: string): boolean {
  return /^[a-z]+(?:[A-Z][a-z]*)*$/.test(key) && key !== 'then' && key !== 'toJSON';
}

/** The wire name of a table or pipe: `cost_by_model` for `costByModel`. */
export function wireName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The store's address and tokens from the settings. */
interface StoreSettings {
  tinybird_url: string;
  append_token: string;
  read_token: string;
}

/** A client of the store in the settings. */
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

/** Sends a query as the SDK does, but keeps long numbers exact, which the SDK would round. */
async function answerOf(api: TinybirdApi, statement: string, timeoutMs: Ms): Promise<unknown> {
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

async function download(api: TinybirdApi, path: string, timeoutMs: Ms): Promise<AsyncIterable<Uint8Array>> {
  const response = await api.request(path, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new TinybirdApiError(errorOf(await response.text()), response.status);
  if (response.body === null) throw new OddAnswer('answered without a body');
  return response.body;
}

/** Sends a file as the SDK does, but from memory: the SDK reads it from disk. */
async function sendFile(
  api: TinybirdApi,
  table: string,
  file: Uint8Array,
  timeoutMs: Ms,
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
  // If it is not JSON, the body itself is the message.
  return asText(parseObject(body)?.error) ?? body;
}

/** A request that was sent, and its answer so far. */
interface Sent {
  to: string;
  answer: Response | null;
}

/**
 * Runs one call and turns every failure between here and Tinybird into a StoreError. What cannot even be sent (a Date
 * in a row, a token that no header can carry) is the caller's mistake and is thrown unchanged.
 */
async function callStore<T>(
  { baseUrl, fetch: send = fetch, timeoutMs: defaultTimeoutMs, signal }: TinybirdClientOptions,
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
      call.answer = await send(input, withSignal(withMaxAge(init, limits.maxAgeSeconds), signal));
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

function withSignal(init: RequestInit | undefined, signal: AbortSignal | undefined): RequestInit | undefined {
  if (signal === undefined) return init;
  return { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) };
}

/** An address as an error shows it: without the query, so that a pipe's parameters do not get into logs. */
function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** Longest part of an answer that an error repeats: a proxy may answer with a whole page. */
const MAX_SAID = 500;

/** A 2xx answer with unexpected content. */
class OddAnswer extends Error {}

function toStoreError(error: unknown, { to, answer }: Sent, timeoutMs: Ms): StoreError {
  const status = answer?.status ?? null;
  const fail = (kind: StoreErrorKind, what: string, retryAfterMs: Ms | null = null) =>
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

/** The message of the socket: fetch wraps it in an error that only says that it failed. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return innermostMessage(error.cause);
  // If a name has two addresses and both refuse, the message is empty and only the code is useful.
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

/** Tinybird has two names for the quarantine count, and does not always report the number of stored rows. */
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

/** Renames the bounds to their wire names, in the format that Tinybird accepts. */
function wireParams(params: Record<string, unknown>): Record<string, unknown> {
  const { from, to, ...rest } = params;
  return { ...rest, date_from: wireTime(from), date_to: wireTime(to) };
}

function wireTime(bound: unknown): unknown {
  if (bound instanceof Date) return bound.toISOString().replace('T', ' ').replace('Z', '');
  // A day stands for its first moment.
  return typeof bound === 'string' && /^\d{4}-\d\d-\d\d$/.test(bound) ? `${bound} 00:00:00` : bound;
}
