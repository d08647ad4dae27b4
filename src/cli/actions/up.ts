/** `atel up`: serves the embedded store, the collector, the API and the page. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startApi, type Api } from '../../api/index.js';
import { transcriptRoots } from '../../backfill/roots.js';
import { watchTranscripts, type Watching } from '../../backfill/watch.js';
import { configuredClient } from '../../store/client.js';
import { PortError, startCollector, type Collector } from '../../collector/index.js';
import { LOCAL_TOKEN, type Config } from '../../base/config.js';
import { homePaths, type HomePaths } from '../../base/home.js';
import { limitLog, log } from '../../drain/log.js';
import { Refusals } from '../../drain/lost.js';
import { liveRecorder, withCurrentPrices } from '../../drain/recorder.js';
import { ensureServer, isServing, isStore } from '../../drain/server.js';
import { noteStarted, noteStarting } from '../../drain/starting.js';
import { watchTraces } from '../../drain/trace-watch.js';
import {
  leaveWorkingFolder,
  LocalServerError,
  startLocalServer,
  type LocalServer,
} from '../../local/index.js';
import { loopbackUrl } from '../../base/loopback/listener.js';
import { configuredSpool } from '../../spool/configured.js';
import { deployCatalogue } from '../shared/catalogue.js';
import { CommandError } from '../shared/command-error.js';
import { DrainKicker } from '../../drain/kicker.js';
import { endWithin } from '../shared/end.js';
import { runWithServerThreads, starterGone } from '../shared/engine-threads.js';
import { hasServerThreads } from '../../base/thread-pool.js';
import { UsageError } from '../shared/options.js';
import { readEndpoint } from '../shared/otel-endpoint.js';
import { programFolder } from '../../base/program-folder.js';
import { linkProgram } from '../shared/program.js';
import { sayStarting } from '../shared/starting.js';
import { servedBy } from '../shared/served.js';
import type { up } from '../commands/up.js';
import type { OptionsOf, Outside } from '../shared/command.js';

type UpOptions = OptionsOf<typeof up.flags>;

/** How often the server looks for payloads that no drain has taken, milliseconds. */
const SWEEP_MS = 30_000;
/** How long this process may still run after a signal, milliseconds: a query may take longer. */
const STOP_LIMIT_MS = 2_000;
/** The same if the spans of the last seconds are to be sent first. */
const STOP_AND_SEND_LIMIT_MS = 4_000;
/** How long it may still run after the store has failed: its engine might write into a folder that is not its own. */
const BROKEN_LIMIT_MS = 500;
/** Time limit for a question of the page, milliseconds: a person is waiting. */
const QUESTION_MS = 30_000;

/** Serves the embedded store until a signal ends it; with `--detach`, starts it in the background. */
export async function run(options: UpOptions, { config: settings, print, complain }: Outside): Promise<void> {
  const config = settings();
  if (!config.local) {
    throw new CommandError(
      `TINYBIRD_URL is ${config.tinybird_url}: there is nothing to serve here. Unset it to use the embedded store.`,
    );
  }
  const traces = await readTraces(config, options);
  const paths = homePaths(config.home);
  await linkProgram(paths);
  if (options.detach === true) return detach(config, paths, print);
  noteStarting(paths, process.pid);

  if (!hasServerThreads()) {
    sayStarting();
    return runWithServerThreads();
  }

  const signalled = stopSignal().then(() =>
    endWithin(traces === undefined ? STOP_LIMIT_MS : STOP_AND_SEND_LIMIT_MS),
  );
  const server = await startLocalServer({
    dataDir: paths.store,
    port: config.tinybird_port,
    tokens: namedTokens(config),
    prepare: ({ fetch, adminToken }) =>
      deployCatalogue(join(programFolder, 'catalogue.json'), fetch, adminToken),
  }).catch((error: unknown) => {
    log(paths, 'store', error);
    throw error instanceof LocalServerError ? new CommandError(error.message, { cause: error }) : error;
  });
  try {
    leaveWorkingFolder(paths.store);
  } catch (error) {
    // Without it, the checks of queries still keep file() out.
    log(paths, 'store', `the working folder cannot be left: ${String(error)}`);
  }
  const broken = server.broken.then((reason) => {
    log(paths, 'store', `${reason}: the server ended`);
    complain(`${reason}: this server ends. The next session or atel up starts it again.`);
    process.exitCode = 1;
    endWithin(BROKEN_LIMIT_MS);
  });
  const drains = new DrainKicker(paths, programFolder);
  let [collector, api]: [Collector?, Api?] = [];
  try {
    collector = await listen(config, paths, drains);
    api = await answerQuestions(config, paths, server);
    for (const problem of api.problems) {
      log(paths, 'api', problem);
      complain(problem);
    }
    const sending = traces === undefined ? undefined : await watchTraces(traces, paths);
    const watching = config.watch_transcripts ? watchHistory(config, paths, drains) : undefined;
    const addresses = [
      `Tinybird API on ${server.url}`,
      `OTLP on ${collector.grpcPort} (gRPC) and ${collector.httpPort} (HTTP)`,
      ...(api.apiPort === null ? [] : [`API on ${loopbackUrl(api.apiPort)}`]),
      ...(api.dashboardPort === null ? [] : [`dashboard on ${loopbackUrl(api.dashboardPort)}`]),
      ...(traces === undefined ? [] : [`traces to ${traces.otel_endpoint}`]),
    ];
    print(`ready: ${addresses.join(', ')}, data in ${paths.home}`);
    noteStarted(paths);
    await untilStopped(
      Promise.race([signalled, broken]),
      server,
      config,
      drains,
      options.background === true,
    );
    await watching?.close();
    await sending?.close();
  } finally {
    drains.stop();
    await api?.close();
    await collector?.close();
    await server.close();
  }
}

/** The settings with the endpoint for traces while this process serves. @throws {UsageError} */
async function readTraces(
  config: Config,
  { detach, background, otelEndpoint: endpoint }: UpOptions,
): Promise<(Config & { otel_endpoint: string }) | undefined> {
  if (endpoint === undefined) return undefined;
  if (detach === true || background === true)
    throw new UsageError(
      '--otel-endpoint is for a server in the foreground: telemetry.otel_endpoint of your settings sends at any time',
    );
  const url = await readEndpoint(endpoint);
  if (config.otel_endpoint !== null)
    throw new UsageError(
      `--otel-endpoint is not needed: your settings send traces to ${config.otel_endpoint} at any time`,
    );
  return { ...config, otel_endpoint: url };
}

/** Watches every transcript on this machine, whether hooks are installed or not. */
function watchHistory(config: Config, paths: HomePaths, drains: DrainKicker): Watching {
  return watchTranscripts(config, {
    roots: transcriptRoots({ env: process.env, homeDir: homedir() }),
    onRead: () => drains.soon(),
    onProblem: (problem) => log(paths, 'history', problem),
  });
}

/** Starts the collector. What it acknowledges is in the spool, and a drain delivers it. */
async function listen(config: Config, paths: HomePaths, drains: DrainKicker): Promise<Collector> {
  const recorder = withCurrentPrices(await liveRecorder(paths, config), paths, config);
  return startCollector({
    grpcPort: config.otlp_grpc_port,
    httpPort: config.collector_port,
    home: paths.home,
    recorder,
    spool: configuredSpool(config),
    onRows: () => drains.soon(),
    refusals: new Refusals(paths),
    log: (line) => log(paths, 'collector', line),
  }).catch((error: unknown) => {
    log(paths, 'collector', error);
    throw error instanceof PortError ? new CommandError(error.message, { cause: error }) : error;
  });
}

/** Starts the API and the page; both use the read token to query the store, like any other client. */
function answerQuestions(config: Config, paths: HomePaths, server: LocalServer): Promise<Api> {
  return startApi({
    clientFor: (signal) =>
      configuredClient({ ...config, tinybird_url: server.url }, { timeoutMs: QUESTION_MS, signal }),
    writes: () => server.writes,
    apiPort: config.api_port,
    dashboardPort: config.dashboard_port,
    folder: programFolder,
    log: (line) => log(paths, 'api', line),
  });
}

/** Tokens that the user set are limited to their scopes; the built-in `local` may do everything on this machine. */
function namedTokens({ append_token, read_token }: Config): Record<string, string> {
  return {
    ...(append_token === LOCAL_TOKEN ? {} : { agent_telemetry_append: append_token }),
    ...(read_token === LOCAL_TOKEN ? {} : { agent_telemetry_read: read_token }),
  };
}

/** Starts a server in the background, and prints when it answers. */
async function detach(config: Config, paths: HomePaths, print: (line: string) => void): Promise<void> {
  const logged = (await stat(paths.log).catch(() => undefined))?.size ?? 0;
  const already = await isServing(config.tinybird_url);
  if (already && !(await isStore(config))) {
    throw new CommandError(
      `${config.tinybird_url} is answered by another program: stop that program, or choose another port (tinybird_port)`,
    );
  }
  if (!already) sayStarting();
  if (await ensureServer(config, paths, join(programFolder, 'cli.js'))) {
    const { dashboard } = await servedBy(config);
    const addresses = [
      `Tinybird API on ${config.tinybird_url}`,
      ...(dashboard.answers ? [`dashboard on ${dashboard.url}`] : []),
      // A running server does not say which data folder it serves.
      ...(already ? [] : [`data in ${paths.home}`]),
    ];
    print(`ready: ${addresses.join(', ')} (${already ? 'was running' : 'in the background'})`);
    return;
  }
  const reason = (await readFile(paths.log, 'utf8').catch(() => '')).slice(logged).trim().split('\n').at(-1);
  throw new CommandError(
    reason === undefined || reason === ''
      ? `The server does not answer yet. atel status shows when it does; ${paths.log} shows why it does not`
      : reason.replace(/^atel: /, ''),
  );
}

/**
 * Resolves at SIGINT or SIGTERM. Installed early, because a signal during the start must not leave the folder locked.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
    void starterGone().then(resolve);
  });
}

/**
 * Resolves when `ended` does, or, in the background, when nothing was requested for a long time: then this process ends
 * soon.
 */
async function untilStopped(
  ended: Promise<void>,
  server: LocalServer,
  config: Config,
  drains: DrainKicker,
  stopsWhenIdle: boolean,
): Promise<void> {
  const idleMs = config.idle_minutes * 60_000;
  let sweep: NodeJS.Timeout | undefined;
  const idle = new Promise<void>((resolve) => {
    sweep = setInterval(
      () => {
        // What the collector receives causes requests of a drain, so it counts as activity.
        if (stopsWhenIdle && Date.now() - server.lastRequestAt > idleMs) {
          endWithin(STOP_LIMIT_MS);
          resolve();
          return;
        }
        limitLog(homePaths(config.home));
        void drains.ifAnythingWaits();
      },
      Math.min(SWEEP_MS, idleMs),
    );
  });
  void drains.ifAnythingWaits();
  await Promise.race([ended, idle]);
  clearInterval(sweep);
}
