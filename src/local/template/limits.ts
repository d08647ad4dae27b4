/** How large the values of a template may become, so that none stops the server. */
import { TemplateError } from './error.js';

/** The longest text that a template may make, characters. */
export const MOST_LENGTH = 10_000_000;
/** The longest list. */
export const MOST_ITEMS = 100_000;

/** The error of a value that would be too large. */
export const tooLarge = (): TemplateError => new TemplateError('a value becomes too large');

/** Refuses a text of this length. */
export function checkLength(length: number): void {
  if (length > MOST_LENGTH) throw tooLarge();
}
