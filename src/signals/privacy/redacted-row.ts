/**
 * Every row passes through here on its way out of signals, except those of a backfill (redacted-table.ts). The spool
 * accepts only a {@link RedactedRow}, which only {@link redacted} makes.
 */
import { closedColumns } from '../../datasources/closed-columns.js';
import type { SignalRow } from '../row.js';
import { redactText, redactValue } from './redact-text.js';

declare const isRedacted: unique symbol;

/** A row that was redacted. */
export type RedactedRow<R extends AnyRow = SignalRow> = R & { readonly [isRedacted]: true };

/** A row of any table. */
interface AnyRow {
  table: string;
  row: Record<string, unknown>;
}

/** Redacts a row in place. */
export function redacted<R extends AnyRow>(row: R): RedactedRow<R> {
  redactRow(row);
  return row;
}

function redactRow<R extends AnyRow>(signal: R): asserts signal is RedactedRow<R> {
  redactColumns<Record<string, unknown>>(signal.row, closed);
}

const closed: ReadonlySet<string> = new Set(Object.keys(closedColumns));
const none: ReadonlySet<string> = new Set();

/**
 * Redacts the columns of a row in place. An identity that is computed from a row's content is computed after that, so
 * that no secret is part of it.
 *
 * @param skipped columns that cannot contain a secret
 */
export function redactColumns<R extends Record<string, unknown>>(row: R, skipped = none): R {
  const columns: Record<string, unknown> = row;
  for (const name in columns) {
    const value = columns[name];
    if (typeof value === 'string') {
      if (value === '' || skipped.has(name)) continue;
      const safe = redactColumn(name, value);
      if (safe !== value) columns[name] = safe;
    } else if (typeof value === 'object' && value !== null) {
      columns[name] = redactValue(value);
    }
  }
  return row;
}

/** The last text of each column and its result, because most columns repeat their value row after row. */
const last = new Map<string, { text: string; safe: string }>();
/** Limit of columns in this cache, because maps of attributes have members of any name. */
const MOST_COLUMNS = 200;
/** Longer texts are not cached. */
const LONGEST = 256;

function redactColumn(name: string, text: string): string {
  const before = last.get(name);
  if (before?.text === text) return before.safe;
  const safe = redactText(text);
  if (text.length > LONGEST) return safe;
  if (before !== undefined) {
    before.text = text;
    before.safe = safe;
  } else if (last.size < MOST_COLUMNS) last.set(name, { text, safe });
  return safe;
}
