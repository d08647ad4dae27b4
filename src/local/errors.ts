/** Why the embedded server could not start or had to stop, or its data folder could not be copied. */
export type LocalServerErrorCode =
  'PORT_IN_USE' | 'DATA_DIR_LOCKED' | 'ENGINE_MISSING' | 'ENGINE_FAILED' | 'PROJECT_REFUSED' | 'BACKUP';

/**
 * The server cannot start; the message says what is wrong, where, and what to do. It is one line, for PROJECT_REFUSED
 * one for each datafile.
 */
export class LocalServerError extends Error {
  readonly code: LocalServerErrorCode;

  constructor(code: LocalServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalServerError';
    this.code = code;
  }
}

/** An error that is answered with a status and `{"error": …}`. */
export class ApiError extends Error {
  readonly status: number;
  /** A body to send instead of the one that is made of the message (custom_error in templates). */
  readonly body: unknown;

  constructor(status: number, message: string, body?: unknown) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

/** An error in one file of the project, found by a build. */
export interface FileProblem {
  filename: string;
  error: string;
}

/** A datafile that is not accepted; the message has no file name, the caller adds it. */
export class DatafileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatafileError';
  }
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
