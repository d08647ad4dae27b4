/** `atel up`: serves the embedded store, the collector, the API and the page. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_TOKEN, type Config } from '../../base/config.js';
import { homePaths, type HomePaths } from '../../base/home.js';
import { limitLog, log } from '../../drain/log.js';
import { ensureServer, isServing, isStore } from '../../drain/server.js';
import { noteStarted, noteStarting } from '../../drain/starting.js';
import {
  leaveWorkingFolder,
  LocalServerError,
  startLocalServer,
  type LocalServer,
} from '../../local/index.js';
import { deployCatalogue } from '../shared/catalogue.js';
import { readChecked } from '../shared/checked.js';
import { CommandError } from '../shared/command-error.js';
import { DrainKicker } from '../../drain/kicker.js';
import { endWithin, stopSignal } from '../shared/end.js';
import { runWithServerThreads } from '../shared/engine-threads.js';
import { hasServerThreads } from '../../base/thread-pool.js';
import { serveBeside, type Listeners } from '../shared/listeners.js';
import { UsageError } from '../shared/options.js';
import { readEndpoint } from '../shared/otel-endpoint.js';
import { programFolder } from '../../base/program-folder.js';
import { linkProgram } from '../shared/program.js';
import { redactValue } from '../../signals/privacy/redact-text.js';
import { sayStarting } from '../shared/starting.js';
import { keepRetention } from '../shared/retention.js';
import { servedBy } from '../shared/served.js';
import { serveOver } from './up-over.js';
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

/** Serves the embedded store until a signal ends it; with `--detach`, starts it in the background. */
export async function run(options: UpOptions, { config: settings, print, complain }: Outside): Promise<void> {
  const config = settings();
  const traces = await readTraces(config, options);
  const paths = homePaths(config.home);
  if (!config.local) {
    if (options.detach === true || options.background === true)
      throw new UsageError(
        `The store is ${config.tinybird_url}: atel up serves only the collector, the API and the page here, in the foreground`,
      );
    await linkProgram(paths);
    await serveOver(config, paths, traces, { print, complain });
    return;
  }
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
    checked: await readChecked(join(programFolder, 'checked.json')),
    prepare: ({ fetch, adminToken }) =>
      deployCatalogue(join(programFolder, 'catalogue.json'), fetch, adminToken),
    clean: redactValue,
    tell: (line) => complain(`${line}. A stop loses nothing: the next start begins again.`),
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
  let beside: Listeners | undefined;
  let retention: { stop: () => void } | undefined;
  try {
    const store = { url: server.url, writes: () => server.writes, countsAll: true };
    beside = await serveBeside(store, config, paths, drains, traces, complain);
    const addresses = [
      `Tinybird API on ${server.url}`,
      ...beside.addresses,
      ...(traces === undefined ? [] : [`traces to ${traces.otel_endpoint}`]),
    ];
    print(`ready: ${addresses.join(', ')}, data in ${paths.home}`);
    noteStarted(paths);
    retention = keepRetention(config, paths);
    await untilStopped(
      Promise.race([signalled, broken]),
      server,
      config,
      drains,
      options.background === true,
    );
  } finally {
    retention?.stop();
    await beside?.close();
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
        if (stopsWhenIdle && performance.now() - server.lastRequestAt > idleMs) {
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
