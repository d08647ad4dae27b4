/** Errors of the store and of the drain, as commands report them. */
import { LocalServerError } from '../../local/errors.js';
import { StoreError } from '../../store/store-error.js';
import { CommandError } from './command-error.js';

/** Does some work; an error of the store becomes one line. @throws {CommandError} */
export function reported<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    const isKnown = error instanceof StoreError || error instanceof LocalServerError;
    throw isKnown ? new CommandError(error.message, { cause: error }) : error;
  });
}

/** The error of a command that has waited in vain for another drain to end. */
export const drainIsBusy = () =>
  new CommandError('Another drain has been running for a minute; try again later.');
