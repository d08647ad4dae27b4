/** The typed client of the store: a method per table and per pipe. */
import type { TinybirdApi } from '@tinybirdco/sdk';
import { checkedColumns, checkedOutcome, checkedRows } from './answers.js';
import { callStore } from './call.js';
import type {
  CallOptions,
  ParquetSource,
  SqlOptions,
  TinybirdClient,
  TinybirdClientOptions,
} from './client-types.js';
import { answerOf, download, parquetPath, sendFile } from './send.js';
import { wireName, wireParams } from './wire.js';

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
