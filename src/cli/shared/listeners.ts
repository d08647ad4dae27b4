/** What `atel up` serves beside the store: the collector, the API and the page. */
import { homedir } from 'node:os';
import { startApi, type Api, type Ingestion, type Writes } from '../../api/index.js';
import { transcriptRoots } from '../../backfill/roots.js';
import { watchTranscripts, type Watching } from '../../backfill/watch.js';
import { loadConfig, type Config } from '../../base/config.js';
import type { HomePaths } from '../../base/home.js';
import { loopbackUrl } from '../../base/loopback/listener.js';
import { programFolder } from '../../base/program-folder.js';
import { PortError, startCollector, type Collector } from '../../collector/index.js';
import { deliveryBoundsMs } from '../../drain/delivery-times.js';
import { loadHealth } from '../../drain/health.js';
import { log } from '../../drain/log.js';
import type { DrainKicker } from '../../drain/kicker.js';
import { Refusals } from '../../drain/lost.js';
import { liveRecorder, withCurrentPrices } from '../../drain/recorder.js';
import { watchTraces } from '../../drain/trace-watch.js';
import { countWaiting } from '../../drain/waiting.js';
import { configuredSpool } from '../../spool/configured.js';
import { configuredClient } from '../../store/client.js';
import { ruleSaver, watchAlerts } from './alert-watch.js';
import { CommandError } from './command-error.js';

/** Time limit for a question of the page, milliseconds: a person is waiting. */
const QUESTION_MS = 30_000;

/** What is served beside a store. */
export interface Listeners {
  /** Its addresses, as the line that says that they are ready has them. */
  addresses: string[];
  /** Sends the traces of the last moments, then releases the ports. */
  close(): Promise<void>;
}

/**
 * Starts the collector, the API and the page; a taken port of one of the latter two is told and logged. Also watches
 * transcripts and sends traces, where the settings ask for it.
 *
 * @param traces the settings with the endpoint for traces; undefined if none are sent
 * @throws {CommandError} if the port of the collector is in use
 */
export async function serveBeside(
  store: AskedStore,
  config: Config,
  paths: HomePaths,
  drains: DrainKicker,
  traces: (Config & { otel_endpoint: string }) | undefined,
  complain: (line: string) => void,
): Promise<Listeners> {
  const noMoreDrains = {
    close: () => {
      drains.stop();
      return Promise.resolve();
    },
  };
  const opened: { close: () => Promise<void> }[] = [];
  const close = async () => {
    for (const one of opened.reverse()) await one.close();
  };
  try {
    const collector = await listen(config, paths, drains);
    opened.push(collector);
    const api = await answerQuestions(config, paths, store, drains);
    opened.push(api, noMoreDrains);
    for (const problem of api.problems) {
      log(paths, 'api', problem);
      complain(problem);
    }
    opened.push(await watchAlerts(store, config, paths, drains));
    if (traces !== undefined) opened.push(await watchTraces(traces, paths));
    if (config.watch_transcripts) opened.push(watchHistory(config, paths, drains));
    return { addresses: addressesOf(collector, api), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Watches every transcript on this machine, whether hooks are installed or not. */
function watchHistory(config: Config, paths: HomePaths, drains: DrainKicker): Watching {
  return watchTranscripts(config, {
    roots: transcriptRoots({ env: process.env, homeDir: homedir() }),
    current: loadConfig,
    onRead: () => drains.soon(),
    onProblem: (problem) => log(paths, 'history', problem),
  });
}

/** Starts the collector. What it acknowledges is in the spool, and a drain delivers it. */
async function listen(config: Config, paths: HomePaths, drains: DrainKicker): Promise<Collector> {
  // What OpenTelemetry reports is kept as tier 1 keeps it, at every tier.
  const atTier1 = { ...(await liveRecorder(paths, config)), privacyTier: 1, projectTiers: {} } as const;
  const recorder = withCurrentPrices(atTier1, paths, config);
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

/** A store that the API asks. */
interface AskedStore {
  url: string;
  /** Reads the counts of its writes. */
  writes: () => Writes;
  /** Whether they count every write. */
  countsAll: boolean;
}

/** Starts the API and the page; both use the read token to query the store, like any other client. */
function answerQuestions(
  config: Config,
  paths: HomePaths,
  store: AskedStore,
  drains: DrainKicker,
): Promise<Api> {
  return startApi({
    clientFor: (signal) =>
      configuredClient({ ...config, tinybird_url: store.url }, { timeoutMs: QUESTION_MS, signal }),
    writes: store.writes,
    countsAllWrites: store.countsAll,
    apiPort: config.api_port,
    dashboardPort: config.dashboard_port,
    folder: programFolder,
    metricsPrefix: config.metrics_prefix,
    saveRule: ruleSaver(config, paths, drains),
    ingestion: () => ingestionOf(config, paths),
    log: (line) => log(paths, 'api', line),
  });
}

/** What waits on the way to the store, for Prometheus; `atel status` says the same in words. */
async function ingestionOf(config: Config, paths: HomePaths): Promise<Ingestion> {
  const [state, health] = await Promise.all([countWaiting(paths), loadHealth(paths.health, config)]);
  return {
    unread_events: state.events,
    waiting_batches: state.segments,
    waiting_bytes: state.bytes,
    refused_rows: state.deadLetters,
    dropped_rows: state.dropped,
    damaged_rows: state.damaged,
    lost_events: health.lost,
    failed_deliveries: health.failures,
    last_stored_at: health.storedAt === null ? null : Math.floor(health.storedAt / 1_000),
    deliveries: {
      boundsMs: deliveryBoundsMs,
      parts: Object.entries(health.deliveries).map(([label, { count, total, upTo }]) => ({
        label,
        count,
        totalMs: total,
        upTo,
      })),
    },
  };
}

/** The addresses of the listeners, as the line that says that they are ready has them. */
function addressesOf(collector: Collector, { apiPort, dashboardPort }: Api): string[] {
  return [
    `OTLP on ${collector.grpcPort} (gRPC) and ${collector.httpPort} (HTTP)`,
    ...(apiPort === null ? [] : [`API on ${loopbackUrl(apiPort)}`]),
    ...(dashboardPort === null ? [] : [`dashboard on ${loopbackUrl(dashboardPort)}`]),
  ];
}
