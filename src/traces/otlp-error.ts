import { plainText } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';

/**
 * The backend is away or does not want what it was sent. The message is one line that names the address.
 *
 * @example
 * ```ts
 * import { exportAsTraces, OtlpError } from 'atel';
 *
 * try {
 *   await exportAsTraces({ endpoint: 'http://localhost:4318', days: 1 });
 * } catch (error) {
 *   if (!(error instanceof OtlpError)) throw error;
 *   console.error(error.isBad ? `refused: ${error.message}` : `try again later: ${error.message}`);
 * }
 * ```
 */
export class OtlpError extends Error {
  override name = 'OtlpError';

  constructor(
    message: string,
    /** How long the backend asks to wait; null where it does not. */
    readonly retryAfterMs: Ms | null = null,
    /** Whether it calls the spans themselves bad: to send them again is no use. */
    readonly isBad = false,
    options?: ErrorOptions,
  ) {
    super(plainText(message), options);
  }
}
