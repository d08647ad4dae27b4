/** An outer cause, or what a user has to mend: shown as one line, without a stack trace. Exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}
