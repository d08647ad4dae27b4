/** What each listener answers to `GET /health`. */
import packageJson from '../../../package.json' with { type: 'json' };
import type { Service } from './services.js';

/** The state of a listener. */
export interface ListenerHealth {
  status: 'ok';
  /** Which listener it is. */
  service: Service;
  /** Version of atel. */
  version: string;
  /** How long it has been serving, whole seconds. */
  uptimeSec: number;
  /** How much waits for it; what is counted depends on the listener. */
  queue: number;
}

/**
 * Makes the answers of a listener that begins to serve now.
 *
 * @param queue counts what waits for it
 */
export function listenerHealth(
  service: Service,
  queue: () => number | Promise<number>,
): () => Promise<ListenerHealth> {
  const startedAt = performance.now();
  return async () => ({
    status: 'ok',
    service,
    version: packageJson.version,
    uptimeSec: Math.floor((performance.now() - startedAt) / 1_000),
    queue: await queue(),
  });
}
