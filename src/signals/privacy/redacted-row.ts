/**
 * The one place through which every row passes on its way out of signals. The spool and the batches of a backfill take
 * a {@link RedactedRow} alone, and nothing but {@link redacted} makes one.
 */
import type { SignalRow } from '../row.js';
import { redactText, redactValue } from './redact-text.js';

declare const isRedacted: unique symbol;

/** A row that went through the redaction. */
export type RedactedRow<R extends AnyRow = SignalRow> = R & { readonly [isRedacted]: true };

/** A row of whatever table. */
interface AnyRow {
  table: string;
  row: Record<string, unknown>;
}

/** The row without secrets. It is changed in place: a history has a million of them. */
export function redacted<R extends AnyRow>(row: R): RedactedRow<R> {
  redactRow(row);
  return row;
}

function redactRow<R extends AnyRow>(signal: R): asserts signal is RedactedRow<R> {
  redactColumns(signal.row);
}

/**
 * Takes the secrets out of every column of a row, in place. An identity that is made of a row's content is made after
 * it, so that no secret is part of it.
 */
export function redactColumns<R extends Record<string, unknown>>(row: R): R {
  const columns: Record<string, unknown> = row;
  for (const name in columns) {
    const value = columns[name];
    if (typeof value === 'string') {
      const safe = redactText(value);
      if (safe !== value) columns[name] = safe;
    } else if (typeof value === 'object' && value !== null) {
      columns[name] = redactValue(value);
    }
  }
  return row;
}
