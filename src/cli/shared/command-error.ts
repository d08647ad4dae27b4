/**
 * An error with an outside cause, or one that the user can fix: shown as one line, without a stack trace. Exit code 1.
 */
export class CommandError extends Error {
  override name = 'CommandError';
}
