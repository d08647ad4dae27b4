/** The one address that the collector listens on: nothing reaches it from another machine. */
export const LOOPBACK = '127.0.0.1';

/** Something that listens on a port. */
export interface Listener {
  port: number;
  /** Finishes what is being answered, then lets go of the port. */
  close(): Promise<void>;
}

/** A port that cannot be listened on, in one line that says what to do. */
export class PortError extends Error {
  override name = 'PortError';
}

/** Says why a port cannot be listened on. */
export function portProblem(protocol: 'HTTP' | 'gRPC', port: number, cause: unknown): PortError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PortError(
    `The collector cannot listen for ${protocol} on ${LOOPBACK}:${port} (${reason}): stop what uses the port, or choose another`,
    { cause },
  );
}
