/**
 * Reading values out of JSON that nobody promised the shape of. Transcripts and payloads change with every
 * release of the client: an absent or odd value is undefined, never an exception.
 */
export type Json = Record<string, unknown>;

/** The text as a JSON object; undefined if it is anything else. */
export function parseObject(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** A non-empty string without lone surrogates, which JSON carries and Tinybird refuses. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : undefined;
}

/** A whole number of at least 0: a count, or milliseconds. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
