import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { Engine } from './engine/engine.js';
import { LocalServerError } from './errors.js';
import { FolderWatch } from './folder-watch.js';
import { AnswerCache } from './http/answer-cache.js';
import { createApp } from './http/app.js';
import type { AllowedPages } from '../base/loopback/guard.js';
import { serveHttp } from '../base/loopback/http.js';
import { loopbackUrl, PortError } from '../base/loopback/listener.js';
import { lockFolder } from './lock.js';
import { ensureStoreId } from './store-id.js';
import { TokenRegistry } from './tokens.js';
import { recover } from './workspace/deploy.js';
import { StateFiles } from './workspace/state.js';
import { Workspace } from './workspace/workspace.js';
import type { EpochMs } from '../base/time/units.js';

export interface LocalServerOptions {
  /** Everything is kept here; created with mode 0700. One process at a time. */
  dataDir: string;
  /**
   * Port of 127.0.0.1; 0 chooses a free one. The official SDK and CLI expect 7181. The server listens nowhere else:
   * any text but a named token is its administrator.
   */
  port: number;
  /** Values of the tokens that the datafiles' TOKEN lines name. What is not here is generated and kept. */
  tokens?: Record<string, string>;
  /** Runs before anybody else is answered: a first deployment, so that nobody finds an empty server. */
  prepare?: (server: Pick<LocalServer, 'fetch' | 'adminToken'>) => Promise<void>;
  /** Largest request body, packed and unpacked; 10 MB unless told. */
  maxBodyBytes?: number;
  /** Largest request that imports a file; 50 MB unless told. */
  maxFileBytes?: number;
  /** Origins whose pages may send requests besides the server's own, `http://localhost:3100`; none unless told. */
  allowedOrigins?: string[];
  /** Longest run of a query that is not a pipe's; 20 s unless told. */
  maxFreeQuerySeconds?: number;
  /** Longest run of one statement of a deployment or of an insert; 900 s unless told. */
  maxWriteSeconds?: number;
  log?: (line: string, fields?: Record<string, unknown>) => void;
}

export interface LocalServer {
  url: string;
  port: number;
  /** Administrator token, for a deployment through `fetch`. */
  adminToken: string;
  /** When the last request came, `/health` left out. */
  readonly lastRequestAt: EpochMs;
  /** Grows with every write: what was read at one count holds while the count does. */
  readonly writes: number;
  /** The same application without the network. */
  fetch(request: Request): Promise<Response>;
  /**
   * Resolves with the reason when the server cannot go on: its folder is gone, or a query holds it that nothing
   * stops. Its process must end then, by a signal: the engine would wait, or write into a folder that is not its own.
   */
  readonly broken: Promise<string>;
  /** Finishes what is being answered, then lets go of port and folder. */
  close(): Promise<void>;
}

const defaultBodyBytes = 10_000_000;
const defaultFileBytes = 50_000_000;
const workspaceName = 'local';

/**
 * Starts the embedded server: Tinybird's HTTP surface over chDB in this process, on 127.0.0.1.
 * From then on the process makes files for its owner alone (umask 077).
 * Throws a LocalServerError: PORT_IN_USE, DATA_DIR_LOCKED, ENGINE_MISSING or ENGINE_FAILED.
 */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const { dataDir } = options;
  const log = options.log ?? (() => undefined);
  // What the engine writes is its owner's alone too. It is the process's own setting, which a thread cannot change.
  if (isMainThread) process.umask(0o077);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await chmod(dataDir, 0o700);
  const lock = await lockFolder(dataDir);
  let engine: Engine | undefined;
  let watch: FolderWatch | undefined;
  let giveUp: (reason: string) => void = () => undefined;
  const broken = new Promise<string>((resolve) => (giveUp = resolve));
  try {
    await ensureStoreId(dataDir, join(dataDir, 'engine'));
    const limits = { freeSeconds: options.maxFreeQuerySeconds, writeSeconds: options.maxWriteSeconds };
    engine = await Engine.open(join(dataDir, 'engine'), limits, () =>
      giveUp('A query runs on beyond its time limit and cannot be stopped'),
    );
    watch = new FolderWatch(dataDir, () => giveUp(lostMessage(dataDir)));
    const watched = watch;
    const tokens = await TokenRegistry.open(dataDir, options.tokens ?? {});
    const saved = await new StateFiles(dataDir).read();
    const workspace = new Workspace(workspaceName, workspaceName, engine, log, dataDir, saved);
    await workspace.imports.clear();
    await recover(workspace);
    await tokens.ensure(workspace.project);
    const opened = engine;
    const pages: AllowedPages = { port: undefined, origins: options.allowedOrigins ?? [] };
    const app = createApp({
      workspace,
      tokens,
      maxBodyBytes: options.maxBodyBytes ?? defaultBodyBytes,
      maxFileBytes: options.maxFileBytes ?? defaultFileBytes,
      answers: new AnswerCache(() => opened.writes),
      pages,
    });
    const answer = new Counter(async (request) => {
      if (watched.isLost()) return lostAnswer(dataDir);
      const response = await app.fetch(request);
      // What was written meanwhile may be gone with the folder: nobody is told that it is stored.
      return watched.isLost() ? lostAnswer(dataDir) : response;
    });
    const fetch = (request: Request) => answer.handle(request);
    await options.prepare?.({ fetch, adminToken: tokens.workspace });
    const listener = await serveHttp({ fetch, port: options.port, who: 'The store', pages });
    const { port } = listener;
    let closing: Promise<void> | undefined;
    const close = async () => {
      watched.close();
      await listener.close();
      await answer.finish();
      await opened.close();
      await lock.release();
    };
    return {
      url: loopbackUrl(port),
      port,
      adminToken: tokens.workspace,
      get lastRequestAt() {
        return answer.lastRequestAt;
      },
      get writes() {
        return opened.writes;
      },
      fetch,
      broken,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    watch?.close();
    await engine?.close();
    await lock.release();
    throw error instanceof PortError
      ? new LocalServerError('PORT_IN_USE', error.message, { cause: error })
      : error;
  }
}

function lostMessage(folder: string): string {
  return `The store's folder ${folder} was deleted, moved or replaced while it was served`;
}

function lostAnswer(folder: string): Response {
  const error = `${lostMessage(folder)}: the server ends, and starts again with the next session or by atel up`;
  return Response.json({ error }, { status: 503, headers: { 'retry-after': '5' } });
}

/** Counts what is being answered, so that closing can wait for it. */
class Counter {
  lastRequestAt = Date.now();
  private running = 0;
  private isClosed = false;
  private whenIdle: (() => void) | undefined;

  constructor(private readonly app: (request: Request) => Promise<Response>) {}

  async handle(request: Request): Promise<Response> {
    if (this.isClosed) return Response.json({ error: 'The server is stopping' }, { status: 503 });
    if (!request.url.endsWith('/health')) this.lastRequestAt = Date.now();
    this.running += 1;
    try {
      return await this.app(request);
    } finally {
      this.running -= 1;
      if (this.running === 0) this.whenIdle?.();
    }
  }

  async finish(): Promise<void> {
    this.isClosed = true;
    if (this.running > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
  }
}
