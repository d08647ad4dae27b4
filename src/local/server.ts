/** Starts and stops the embedded server. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { Engine } from './engine/engine.js';
import { LocalServerError } from './errors.js';
import { CopySchedule } from './copy-schedule.js';
import { FolderWatch } from './folder-watch.js';
import { AnswerCache } from './http/answer-cache.js';
import { createApp } from './http/app.js';
import { tokenIn } from './http/token-in.js';
import type { AllowedPages } from '../base/loopback/guard.js';
import { listenerHealth } from '../base/loopback/health.js';
import { services } from '../base/loopback/services.js';
import { serveHttp } from '../base/loopback/http.js';
import { loopbackUrl, PortError } from '../base/loopback/listener.js';
import { lockFolder } from './lock.js';
import { ensureStoreId } from './store-id.js';
import { TokenRegistry } from './tokens.js';
import { MAIN_WORKSPACE } from './workspace/databases.js';
import { hashFiles, type CheckedProject } from './workspace/checked-project.js';
import { recover } from './workspace/deploy.js';
import { StateFiles } from './workspace/state.js';
import { Workspace } from './workspace/workspace.js';
import { Workspaces, type Tenant } from './workspaces.js';
import type { Ms } from '../base/time/units.js';

export interface LocalServerOptions {
  /** Folder for all data; created with mode 0700. Only one process may use it at a time. */
  dataDir: string;
  /**
   * Port on 127.0.0.1; 0 chooses a free one. The official SDK and CLI expect 7181. The server listens on no other
   * address, because any text that is not a named token is accepted as an administrator token.
   */
  port: number;
  /** Values of the tokens in the datafiles' TOKEN lines. Values that are missing here are generated and kept. */
  tokens?: Record<string, string>;
  /** The workspace's administrator token, which is kept; default: the one that was kept, else a random one. */
  adminToken?: string;
  /** Refuse tokens that the server does not know; default: any text is an administrator token. */
  strict?: boolean;
  /** Runs before any other request is answered: a first deployment, so that no client finds an empty server. */
  prepare?: (server: Pick<LocalServer, 'fetch' | 'adminToken'>) => Promise<void>;
  /**
   * A project that a server of the same engine has checked (`LocalServer.checked`). Its deployment is not checked again,
   * which takes most of the time of a first start.
   */
  checked?: CheckedProject | undefined;
  /** Largest request body, compressed and uncompressed; default 10 MB. */
  maxBodyBytes?: number;
  /** Largest request that imports a file; default 50 MB. */
  maxFileBytes?: number;
  /** Origins whose pages may send requests, besides the server's own, as `http://localhost:3100`; default none. */
  allowedOrigins?: string[];
  /** Time limit of a free query; default 20 s. */
  maxFreeQuerySeconds?: number;
  /** Time limit of one statement of a deployment or of an insert; default 900 s. */
  maxWriteSeconds?: number;
  /** How long a statement that cannot be stopped may run on after its client was answered; default 30 s. */
  maxStuckSeconds?: number;
  log?: (line: string, fields?: Record<string, unknown>) => void;
  /**
   * Makes what clients send fit to be kept in the service data sources: texts, and parameters as an object of names and
   * texts.
   */
  clean?: (value: unknown) => unknown;
  /** Takes a line about a deployment that takes long, for a person who waits for the start. */
  tell?: (line: string) => void;
}

export interface LocalServer {
  url: string;
  port: number;
  /** Administrator token, for a deployment through `fetch`. */
  adminToken: string;
  /** When the last request came, except `/health`, by `performance.now()`: no change of the clock affects it. */
  readonly lastRequestAt: Ms;
  /**
   * A count of writes for each datasource, which increases with every write that may change it: rows that were read at one
   * count are current while it stays the same.
   */
  readonly writes: ReadonlyMap<string, number>;
  /** What the check of the deployed project found, for another server's options; undefined if nothing is deployed. */
  readonly checked: CheckedProject | undefined;
  /** Calls the same application without the network. */
  fetch(request: Request): Promise<Response>;
  /**
   * Resolves with the reason when the server cannot continue: its folder is gone, or a query runs that nothing can
   * stop. The process must then be ended by a signal: a normal exit would wait for the engine, or write into a folder
   * that is not its own.
   */
  readonly broken: Promise<string>;
  /** Finishes running requests, then closes the port and the folder. */
  close(): Promise<void>;
}

const defaultBodyBytes = 10_000_000;
const defaultFileBytes = 50_000_000;

/**
 * Starts the embedded server: Tinybird's HTTP API over chDB in this process, on 127.0.0.1. From then on, only the owner
 * can read files that the process makes (umask 077). Throws a LocalServerError: PORT_IN_USE, DATA_DIR_LOCKED,
 * ENGINE_MISSING or ENGINE_FAILED.
 */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const { dataDir } = options;
  const log = options.log ?? (() => undefined);
  // Files that the engine writes are for the owner only, too. The umask belongs to the process; a thread cannot change
  // it.
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
    const limits = {
      freeSeconds: options.maxFreeQuerySeconds,
      writeSeconds: options.maxWriteSeconds,
      stuckSeconds: options.maxStuckSeconds,
    };
    engine = await Engine.open(join(dataDir, 'engine'), limits, () =>
      giveUp('A query runs on beyond its time limit and cannot be stopped'),
    );
    watch = new FolderWatch(dataDir, () => giveUp(lostMessage(dataDir)));
    const watched = watch;
    const tokens = await TokenRegistry.open(dataDir, {
      given: options.tokens ?? {},
      workspaceId: MAIN_WORKSPACE,
      isStrict: options.strict ?? false,
      adminToken: options.adminToken,
    });
    const saved = await new StateFiles(dataDir).read();
    const workspace = new Workspace(
      MAIN_WORKSPACE,
      MAIN_WORKSPACE,
      engine,
      log,
      dataDir,
      saved,
      options.tell,
      options.checked,
    );
    if (options.clean !== undefined) workspace.activity.clean = options.clean;
    await workspace.imports.clear();
    await recover(workspace);
    await tokens.ensure(workspace.project);
    const opened = engine;
    const pages: AllowedPages = { port: undefined, origins: options.allowedOrigins ?? [] };
    const main = { workspace, tokens, createdAt: new Date(0).toISOString() };
    const workspaces = await Workspaces.open(main, engine, log, dataDir, options.clean);
    const health = listenerHealth(services.store, () => opened.waiting);
    const copies = new CopySchedule(() => workspaces.list().map((one) => one.workspace));
    const apps = new WeakMap<Tenant, ReturnType<typeof createApp>>();
    const appOf = (tenant: Tenant) => {
      const app =
        apps.get(tenant) ??
        createApp({
          workspaces,
          workspace: tenant.workspace,
          tokens: tenant.tokens,
          maxBodyBytes: options.maxBodyBytes ?? defaultBodyBytes,
          maxFileBytes: options.maxFileBytes ?? defaultFileBytes,
          answers: new AnswerCache(() => opened.writes.total),
          pages,
          health,
        });
      apps.set(tenant, app);
      return app;
    };
    const answer = new Counter(async (request) => {
      if (watched.isLost()) return lostAnswer(dataDir);
      const response = await appOf(workspaces.ownerOf(tokenIn(request))).fetch(request);
      // Rows written in the meantime may be lost with the folder: they must not be acknowledged.
      return watched.isLost() ? lostAnswer(dataDir) : response;
    });
    const fetch = (request: Request) => answer.handle(request);
    await options.prepare?.({ fetch, adminToken: tokens.workspace });
    const listener = await serveHttp({ fetch, port: options.port, who: 'The store', pages });
    const { port } = listener;
    copies.start();
    let closing: Promise<void> | undefined;
    const close = async () => {
      watched.close();
      await listener.close();
      await answer.finish();
      await copies.close();
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
        return new Map(
          [...workspace.project.datasources.keys()].map((name) => [name, opened.writes.to(name)]),
        );
      },
      get checked() {
        const { files, columns } = workspace.saved;
        if (files.length === 0) return undefined;
        return { engine: opened.version, files: hashFiles(files), columns };
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

/** Counts running requests, so that closing can wait for them. */
class Counter {
  lastRequestAt = performance.now();
  private running = 0;
  private isClosed = false;
  private whenIdle: (() => void) | undefined;

  constructor(private readonly app: (request: Request) => Promise<Response>) {}

  async handle(request: Request): Promise<Response> {
    if (this.isClosed) return Response.json({ error: 'The server is stopping' }, { status: 503 });
    if (!request.url.endsWith('/health')) this.lastRequestAt = performance.now();
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
