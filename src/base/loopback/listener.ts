/** The one address that this program listens on; other machines cannot reach it. */
export const LOOPBACK = '127.0.0.1';

/** The URL of a loopback port. */
export const loopbackUrl = (port: number) => `http://${LOOPBACK}:${port}`;

/** An open listener. */
export interface Listener {
  port: number;
  /** Finishes the current answers, then releases the port. */
  close(): Promise<void>;
}

/** A port that cannot be listened on. The message is one line that says what to do. */
export class PortError extends Error {
  override name = 'PortError';
}

/** The error for a port that cannot be listened on; the message begins with `who`. */
export function portProblem(who: string, protocol: 'HTTP' | 'gRPC', port: number, cause: unknown): PortError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, reason = text, advice = 'choose another port'] =
    reasons.find(([code]) => text.includes(code)) ?? [];
  return new PortError(`${who} cannot listen for ${protocol} on ${LOOPBACK}:${port} (${reason}): ${advice}`, {
    cause,
  });
}

/** What an error of the operating system means, and what to do. gRPC has the code only in its message. */
const reasons = [
  ['EADDRINUSE', 'the port is in use by another program', 'stop that program, or choose another port'],
  ['EACCES', 'this user may not open the port', 'choose another port'],
] as const;
