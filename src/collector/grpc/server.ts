/**
 * OTLP over gRPC. The services are defined by hand with bytes as messages, so that gRPC and HTTP share one decoder. The
 * library decompresses messages.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Server,
  ServerCredentials,
  logVerbosity,
  setLogVerbosity,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { Signal } from '../../signals/otel/export.js';
import { exportAnswer } from '../answer.js';
import { NotAccepted } from '../group-commit.js';
import { LOOPBACK, portProblem, type Listener } from '../../base/loopback/listener.js';
import type { Receipt, Receiver } from '../receiver.js';

const services: Record<Signal, string> = {
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
};

/** Time for unfinished calls at a close, milliseconds. */
const CLOSE_WITHIN_MS = 2_000;

/** How long a call waits for a disk that takes no rows, milliseconds: much less than an exporter's deadline (10 s). */
const PATIENCE_MS = 4_000;
const FIRST_PAUSE_MS = 50;

/** Serves the three export services on a loopback port; 0 chooses a free one. */
export async function serveGrpc(
  receiver: Receiver,
  port: number,
  maxBodyBytes: number,
  log: (line: string) => void,
): Promise<Listener> {
  // Whatever the library would print to stderr is thrown or answered here.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({ 'grpc.max_receive_message_length': maxBodyBytes });
  for (const signal of ['logs', 'metrics', 'traces'] as const) {
    server.addService(serviceOf(signal), {
      export: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) =>
        void answer(receiver, signal, call.request, log).then(
          (bytes) => done(null, bytes),
          (error: unknown) => done(error as GrpcFailure),
        ),
    });
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${LOOPBACK}:${port}`, ServerCredentials.createInsecure(), (error, chosen) =>
      error === null ? resolve(chosen) : reject(portProblem('The collector', 'gRPC', port, error)),
    );
  });
  return { port: bound, close: () => stop(server) };
}

/**
 * Takes the records, and retries for a while if the disk does not accept them: OpenTelemetry's exporter for Node drops
 * records on UNAVAILABLE from gRPC, while over HTTP it sends them again.
 */
async function takePatiently(receiver: Receiver, signal: Signal, body: Buffer): Promise<Receipt> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    try {
      return await receiver.take(signal, 'protobuf', body);
    } catch (error) {
      const isFinal = !(error instanceof NotAccepted) || error.reason === 'closing';
      if (isFinal || performance.now() + pause > giveUpAt) throw error;
      await sleep(pause);
    }
  }
}

/** A failed call; the library reads its code and details. */
class GrpcFailure extends Error {
  constructor(
    readonly code: status,
    readonly details: string,
  ) {
    super(details);
  }
}

async function answer(
  receiver: Receiver,
  signal: Signal,
  body: Buffer,
  log: (line: string) => void,
): Promise<Buffer> {
  try {
    const receipt = await takePatiently(receiver, signal, body);
    if ('problem' in receipt) throw new GrpcFailure(status.INVALID_ARGUMENT, receipt.problem.message);
    return Buffer.from(exportAnswer(signal, 'protobuf', receipt.refused));
  } catch (error) {
    if (error instanceof NotAccepted) throw new GrpcFailure(status.UNAVAILABLE, error.message);
    if (error instanceof GrpcFailure) throw error;
    log(`gRPC export of ${signal} failed: ${String(error)}`);
    throw new GrpcFailure(status.INTERNAL, 'The collector failed; see its log');
  }
}

function serviceOf(signal: Signal): ServiceDefinition {
  const bytes = (message: Buffer) => message;
  return {
    export: {
      path: `/${services[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), CLOSE_WITHIN_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
