/** The one address that anything here listens on: nothing reaches it from another machine. */
export const LOOPBACK = '127.0.0.1';

/** The address of a port of this machine. */
export const loopbackUrl = (port: number) => `http://${LOOPBACK}:${port}`;

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

/** Says why a port cannot be listened on; `who` is what wanted it, at the beginning of a sentence. */
export function portProblem(who: string, protocol: 'HTTP' | 'gRPC', port: number, cause: unknown): PortError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, reason = text, advice = 'choose another port'] =
    reasons.find(([code]) => text.includes(code)) ?? [];
  return new PortError(`${who} cannot listen for ${protocol} on ${LOOPBACK}:${port} (${reason}): ${advice}`, {
    cause,
  });
}

/** What the operating system says, in words, and what to do. gRPC tells the code only within its message. */
const reasons = [
  ['EADDRINUSE', 'the port is in use by another program', 'stop that program, or choose another port'],
  ['EACCES', 'this user may not open the port', 'choose another port'],
] as const;
