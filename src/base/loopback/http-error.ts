/** A request that gets an error as its answer. The message says what was wrong and what to do. */
export class HttpError extends Error {
  override name = 'HttpError';

  constructor(
    readonly status: 400 | 403 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}
