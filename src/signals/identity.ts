import { hash } from 'node:crypto';

/**
 * The identity of an event: a hash of what happened and nothing else. The time of receipt, the way it came in
 * and the machine that saw it are never parts, so that seeing it again changes no total.
 */
export function identify(kind: string, ...parts: readonly string[]): string {
  let text = kind;
  for (const part of parts) text += `\u0000${part}`;
  return hash('sha256', text).slice(0, 32);
}

/** A short fingerprint of a row's content, to tell whether it has changed since it was sent. */
export function fingerprint(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url').slice(0, 12);
}
