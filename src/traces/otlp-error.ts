/** Why spans could not be sent to an OTLP backend. */
import { withoutControls } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';

/**
 * The backend does not answer, or refused what it was sent. The message is one line with the address.
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
    /** Pause that the backend asks for, milliseconds; null if it asks for none. */
    readonly retryAfterMs: Ms | null = null,
    /** Whether it calls the spans themselves invalid, so that sending them again is useless. */
    readonly isBad = false,
    options?: ErrorOptions,
  ) {
    super(withoutControls(message), options);
  }
}
