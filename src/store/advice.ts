/** What a person can do about a failed question. */
import type { StoreError, StoreErrorKind } from './store-error.js';

/** What a person can do about a failure, with the embedded store and with Tinybird Cloud; nothing for the rest. */
const advice: Partial<Record<StoreErrorKind, { embedded: string; cloud: string }>> = {
  network: { embedded: 'atel up serves the store; its log is atel.log', cloud: 'is TINYBIRD_URL right?' },
  timeout: both('a shorter period asks for less'),
  unauthorized: both('AGENT_TELEMETRY_READ_TOKEN must be a token that may read'),
  not_found: {
    embedded: 'the running store is of another version: stop it, then atel up --detach',
    cloud: 'deploy this version: atel deploy',
  },
};

function both(text: string) {
  return { embedded: text, cloud: text };
}

/** What a person can do about a failure of a kind; undefined if nothing is known. */
export function storeAdvice(kind: StoreErrorKind, store: 'embedded' | 'cloud'): string | undefined {
  return advice[kind]?.[store];
}

/** A failed question in one line: what happened, and what to do about it in brackets. */
export function explained(error: StoreError, store: 'embedded' | 'cloud'): string {
  const what = error.message.replace(/\s+/g, ' ').replace(/[.:]$/, '');
  const hint = storeAdvice(error.kind, store);
  return hint === undefined ? what : `${what} (${hint})`;
}
