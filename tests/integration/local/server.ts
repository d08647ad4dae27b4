import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalServer, type LocalServer, type LocalServerOptions } from '../../../src/local/index.js';

/** A temporary folder that is removed at the end of its scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'local-server-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A running server, and what tests do with it. */
export interface TestServer extends AsyncDisposable {
  local: LocalServer;
  /** Sends a request to the real port, with the token in the path or else the administrator's. */
  send: (
    path: string,
    init?: RequestInit & { token?: string },
  ) => Promise<{ status: number; body: unknown; text: string }>;
  /** Deploys files given as `{ 'name.datasource': text }`. */
  deploy: (path: string, files: Record<string, string>) => Promise<{ status: number; body: unknown }>;
  /** Sends rows and waits. */
  ingest: (datasource: string, rows: readonly unknown[]) => Promise<unknown>;
  /** The rows of a SELECT as a Parquet file, written by the engine. */
  parquet: (select: string) => Promise<Buffer<ArrayBuffer>>;
  /** Sends a file unchanged. */
  append: (
    datasource: string,
    file: Uint8Array,
    more?: string,
  ) => Promise<{ status: number; body: unknown; text: string }>;
  /** Rows of a query over /v0/sql. */
  rows: (sql: string) => Promise<unknown[]>;
  /** Rows of an endpoint. */
  call: (pipe: string, query?: string) => Promise<unknown[]>;
}

export async function openServer(
  dataDir: string,
  options: Partial<LocalServerOptions> = {},
): Promise<TestServer> {
  const local = await startLocalServer({ dataDir, port: 0, ...options });
  const send: TestServer['send'] = async (path, { token = 'local', ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (token !== '') headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(local.url + path, { ...init, headers });
    const text = await response.text();
    return { status: response.status, text, body: parse(text) };
  };
  const rowsOf = (answer: { status: number; body: unknown; text: string }) => {
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    return (answer.body as { data: unknown[] }).data;
  };
  return {
    local,
    send,
    deploy: async (path, files) => {
      const form = new FormData();
      for (const [name, content] of Object.entries(files)) {
        form.append('data_project://', new File([content], name, { type: 'text/plain' }));
      }
      return send(path, { method: 'POST', body: form });
    },
    ingest: async (datasource, rows) => {
      const body = rows.map((row) => JSON.stringify(row)).join('\n');
      const answer = await send(`/v0/events?name=${datasource}&wait=true`, { method: 'POST', body });
      if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
      return answer.body;
    },
    parquet: async (select) => {
      const query = new URLSearchParams({ q: `${select} FORMAT Parquet`, token: 'local' });
      const response = await fetch(`${local.url}/v0/sql?${query.toString()}`);
      if (!response.ok) throw new Error(await response.text());
      return Buffer.from(await response.arrayBuffer());
    },
    append: (datasource, file, more = 'mode=append&format=parquet') =>
      send(`/v0/datasources?name=${datasource}&${more}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(file),
      }),
    rows: async (sql) => rowsOf(await send('/v0/sql', { method: 'POST', body: sql })),
    call: async (pipe, query = '') => rowsOf(await send(`/v0/pipes/${pipe}.json${query}`)),
    [Symbol.asyncDispose]: () => local.close(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
