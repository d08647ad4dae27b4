/** Checks what the store answers: the SDK passes on whatever a proxy in between sent. */
import { asText, parseObject } from '../base/json/json.js';
import type { AppendOutcome, IngestOutcome } from './client-types.js';

/** A 2xx answer with unexpected content. */
export class OddAnswer extends Error {}

export function checkedOutcome(outcome: IngestOutcome | null): IngestOutcome {
  if (
    outcome === null ||
    !Number.isInteger(outcome.successful_rows) ||
    !Number.isInteger(outcome.quarantined_rows)
  ) {
    throw new OddAnswer('answered without row counts');
  }
  return outcome;
}

/** Tinybird has two names for the quarantine count, and does not always report the number of stored rows. */
export function checkedAppend(answer: unknown): AppendOutcome {
  const { successful_rows, quarantined_rows, quarantine_rows, invalid_lines } = (answer ?? {}) as Record<
    string,
    unknown
  >;
  const quarantined = quarantined_rows ?? quarantine_rows;
  if (!Number.isInteger(quarantined)) throw new OddAnswer('answered without row counts');
  return {
    successful_rows: Number.isInteger(successful_rows) ? Number(successful_rows) : null,
    quarantined_rows: Number(quarantined) + (Number.isInteger(invalid_lines) ? Number(invalid_lines) : 0),
  };
}

export function checkedRows(result: unknown): Record<string, unknown>[] {
  const rows = (result as { data?: unknown } | null)?.data;
  if (!Array.isArray(rows)) throw new OddAnswer('answered without rows');
  return rows as Record<string, unknown>[];
}

export function checkedColumns(result: unknown): string[] {
  const columns = (result as { meta?: unknown } | null)?.meta;
  if (!Array.isArray(columns)) throw new OddAnswer('answered without columns');
  return (columns as { name: string }[]).map(({ name }) => name);
}

/** The message in the answer to a refused request. If it is not JSON, the body itself is the message. */
export function errorOf(body: string): string {
  return asText(parseObject(body)?.error) ?? body;
}
