import { plainText } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';

/** The backend does not answer, or refused what it was sent. The message is one line with the address. */
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
    super(plainText(message), options);
  }
}
