/** Serves a folder of datafiles: the embedded Tinybird as a program or a test uses it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { datafileForm } from '../base/datafile-form.js';
import { asArray, asObject, parseObject } from '../base/json/json.js';
import { readDatafiles } from './datafile-folder.js';
import { LocalServerError, messageOf } from './errors.js';
import { startLocalServer, type LocalServer } from './server.js';
import type { SourceFile } from './workspace/project.js';

export interface ServeOptions {
  /** The folder with `.datasource`, `.pipe` and `.connection` files, also in folders below it; default: no files. */
  folder?: string;
  /** Port on 127.0.0.1; default: any free one. The official CLI's `--local` looks at 7181. */
  port?: number;
  /** The administrator token; default: a random one that is kept with the data. */
  token?: string;
  /** Whether unknown tokens are refused; default: if a `token` is given. Otherwise any text is an administrator token. */
  strict?: boolean;
  /** Folder for the data, which is kept; default: a temporary folder, which `close` removes. */
  data?: string;
}

/** A server of datafiles. Close it, or let `await using` do so. */
export interface TinybirdServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  /** An administrator token. */
  token: string;
  /** Names of the datafiles that are served, without their folders. */
  files: readonly string[];
  /** What the last build found and did not refuse, as `p.pipe: reason`: calls with certain parameters fail, for example. */
  warnings: readonly string[];
  /** Resolves with the reason if the server cannot go on; see `LocalServer`. */
  broken: Promise<string>;
  /** Reads the folder again and builds it. Rows are kept. @throws {LocalServerError} PROJECT_REFUSED */
  build(): Promise<void>;
  /** Finishes running requests, then closes the port and the data. */
  close(): Promise<void>;
}

/**
 * Starts a Tinybird on this machine and builds the datafiles of a folder. A process can serve one at a time, because it
 * can open its engine once. From then on, only the owner can read files that the process makes (umask 077).
 *
 * @throws {LocalServerError} PROJECT_REFUSED with what is wrong in which file; as `startLocalServer` does
 */
export async function serve(options: ServeOptions = {}): Promise<TinybirdServer> {
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const files = await filesIn(folder);
  const temporary = options.data === undefined ? await mkdtemp(join(tmpdir(), 'tinybird-')) : undefined;
  const forget = async () => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  let warnings: string[] = [];
  let server: LocalServer;
  try {
    server = await startLocalServer({
      dataDir: temporary ?? resolve(options.data ?? ''),
      port: options.port ?? 0,
      strict: options.strict ?? options.token !== undefined,
      ...(options.token === undefined ? {} : { adminToken: options.token }),
      prepare: async (opened) => {
        warnings = await build(opened, files);
      },
    });
  } catch (error) {
    await forget();
    throw error;
  }
  const close = async () => {
    await server.close();
    await forget();
  };
  return {
    url: server.url,
    port: server.port,
    token: server.adminToken,
    files: files.map(({ filename }) => filename),
    get warnings() {
      return warnings;
    },
    broken: server.broken,
    build: async () => {
      warnings = await build(server, await filesIn(folder));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function filesIn(folder: string | undefined): Promise<SourceFile[]> {
  if (folder === undefined) return [];
  return readDatafiles(folder).catch((error: unknown) => {
    throw new LocalServerError('PROJECT_REFUSED', `${folder} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
}

/** Builds files as the official CLI does; its warnings. Without files, what was built before is served. */
async function build(
  { fetch, adminToken }: Pick<LocalServer, 'fetch' | 'adminToken'>,
  files: readonly SourceFile[],
): Promise<string[]> {
  if (files.length === 0) return [];
  const headers = { authorization: `Bearer ${adminToken}` };
  const answer = await fetch(
    new Request('http://localhost/v1/build', { method: 'POST', body: datafileForm(files), headers }),
  );
  const text = await answer.text();
  const { result, errors, feedback, build: built } = parseObject(text) ?? {};
  if (answer.ok && result !== 'failed') {
    return asArray(asObject(built)?.feedback ?? feedback).map((one) => {
      const { resource, message } = asObject(one) ?? {};
      return `${String(resource)}: ${String(message)}`;
    });
  }
  const lines = asArray(errors).map((one) => {
    const { filename, error } = asObject(one) ?? {};
    return typeof filename === 'string' ? `${filename}: ${String(error)}` : String(error);
  });
  throw new LocalServerError('PROJECT_REFUSED', lines.length > 0 ? lines.join('\n') : text);
}
