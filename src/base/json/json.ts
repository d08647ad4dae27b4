/**
 * Reads values from JSON whose shape is not guaranteed. Transcripts and payloads change with every release of the
 * client, so a missing or unexpected value is undefined, never an exception.
 */
export type Json = Record<string, unknown>;

/** Parses a text as a JSON object; undefined for anything else. */
export function parseObject(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined;
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** A non-empty string. Lone surrogates, which JSON allows and Tinybird refuses, are replaced. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : undefined;
}

/** A number of at least 0 (a count, or milliseconds), rounded. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

/** An amount, such as a cost or a share: a finite number of at least 0. */
export function asAmount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
