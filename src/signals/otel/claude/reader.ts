/**
 * Reads Claude Code's attributes by key, whatever their type: the same client sends numbers and flags of some events as
 * text ("42", "true") and of others as numbers and booleans. Source: reference notes on Claude Code, §4.6.
 */
import { isKind, LONGEST_NAME } from '../../privacy/word.js';
import { readDouble, textOf, type Attributes } from '../value.js';

export class AttributeReader {
  constructor(private readonly attributes: Attributes) {}

  /** An id or a name; empty if it is missing or too long to be one. */
  name(key: string): string {
    const value = textOf(this.attributes.get(key) ?? '');
    return value.length <= LONGEST_NAME ? value : '';
  }

  /** One word of an enumeration, as clients and APIs write them; empty for anything like a sentence. */
  word(key: string): string {
    const value = this.name(key);
    return isKind(value) ? value : '';
  }

  /** A number of at least 0; null if unknown. */
  number(key: string): number | null {
    const number = readDouble(this.attributes.get(key));
    return number !== undefined && Number.isFinite(number) && number >= 0 ? number : null;
  }

  /** A whole number of at least 0; null if unknown. */
  count(key: string): number | null {
    const number = this.number(key);
    return number === null ? null : Math.round(number);
  }

  flag(key: string): boolean | null {
    const value = this.attributes.get(key);
    if (value === true || value === 'true') return true;
    return value === false || value === 'false' ? false : null;
  }

  /** Text that must not be stored; only for deriving a kind from it. */
  text(key: string): string {
    return textOf(this.attributes.get(key) ?? '');
  }

  /** The first item of a list of texts, or the text itself. */
  first(key: string): string {
    const value = this.attributes.get(key) ?? '';
    return textOf(Array.isArray(value) ? (value[0] ?? '') : value);
  }
}
