/**
 * The collector listens for OpenTelemetry and hook payloads and writes their rows to the spool.
 *
 * The promise: whatever the collector has acknowledged is on disk. It never waits for the store. What it could not
 * write to disk it does not acknowledge, so the sender keeps it.
 */
import { homePaths, type HomePaths } from '../base/home.js';
import { projectOf } from '../signals/project.js';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import type { Recorder } from '../signals/row.js';
import { Spool } from '../spool/spool.js';
import { GroupCommit } from './group-commit.js';
import { serveGrpc } from './grpc/server.js';
import { createApp } from './http/app.js';
import { listFiles } from '../base/files.js';
import type { AllowedPages } from '../base/loopback/guard.js';
import { listenerHealth } from '../base/loopback/health.js';
import { services } from '../base/loopback/services.js';
import { serveHttp } from '../base/loopback/http.js';
import { Receiver, type RefusalLog } from './receiver.js';

export interface CollectorOptions {
  /** Port of OTLP over gRPC; 0 chooses a free one. */
  grpcPort: number;
  /** Port of OTLP over HTTP and of hook payloads; 0 chooses a free one. */
  httpPort: number;
  /** The telemetry folder: rows go to its spool, hook payloads to its inbox. */
  home: string;
  recorder: Recorder;
  /** Called each time after rows or a hook payload were written to disk; the caller limits how often it drains. */
  onRows?: () => void;
  log?: (line: string) => void;
  /** Largest request, compressed and uncompressed, bytes. Default 16 MB. */
  maxBodyBytes?: number;
  /** Receives the rows instead of the folder's spool. */
  spool?: { append(rows: readonly RedactedRow[]): Promise<void> };
  /** Takes note of what could not be put on disk, and was therefore not acknowledged. */
  refusals?: RefusalLog;
}

export interface Collector {
  grpcPort: number;
  httpPort: number;
  /** Finishes the current requests, writes them to disk, then releases the ports. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 16 * 1024 ** 2;

/** Number of hook payloads and of batches of rows that no drain has taken or delivered. */
async function waitingOnDisk({ inbox, spool }: HomePaths): Promise<number> {
  const [payloads, batches] = await Promise.all([listFiles(inbox, '.json'), new Spool(spool).waiting()]);
  return payloads.length + batches.length;
}

/** Starts listening, on 127.0.0.1 only. @throws {PortError} if a port is in use */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { onRows = () => undefined, log = () => undefined, maxBodyBytes = MAX_BODY_BYTES } = options;
  const paths = homePaths(options.home);
  const spool = options.spool ?? new Spool(paths.spool);
  const commits = new GroupCommit<RedactedRow>((rows) => spool.append(rows));
  const context = { recorder: options.recorder, projectOf };
  const receiver = new Receiver(commits, context, onRows, options.refusals);
  const pages: AllowedPages = { port: undefined, origins: [] };
  const onLost = () => options.refusals?.lost();
  const app = createApp({
    receiver,
    inbox: paths.inbox,
    maxBodyBytes,
    pages,
    health: listenerHealth(services.collector, () => waitingOnDisk(paths)),
    onPayload: onRows,
    onLost,
    log,
  });

  const http = await serveHttp({ fetch: app.fetch, port: options.httpPort, who: 'The collector', pages });
  try {
    const grpc = await serveGrpc(receiver, options.grpcPort, maxBodyBytes, log);
    return {
      grpcPort: grpc.port,
      httpPort: http.port,
      close: async () => {
        await Promise.all([http.close(), grpc.close()]);
        await commits.close();
      },
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}
