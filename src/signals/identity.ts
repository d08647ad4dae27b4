/** Hashes: the identity of an event, and the fingerprint of a row. */
import { hash } from 'node:crypto';

/**
 * The identity of an event: a hash of what happened and nothing else. Time of receipt, transport and machine are never
 * part of it, so that a second sighting changes no total.
 */
export function identify(kind: string, ...parts: readonly string[]): string {
  let text = kind;
  for (const part of parts) text += `\u0000${part}`;
  return hash('sha256', text).slice(0, 32);
}

/** A short hash of a row's content, to see whether it has changed since it was sent. */
export function fingerprint(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url').slice(0, 12);
}
