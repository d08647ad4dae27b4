/** A user's mistake or an outer cause: shown as one line, without a stack trace. Exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}
