/** Tells responses apart to which a gateway gave one request id. */
import type { Sighted } from './session-columns.js';

/** How long an id must be to be random, and how many different characters it must have. */
const RANDOM_LENGTH = 16;
const RANDOM_VARIETY = 8;

/** An id of the API, which begins with `01`. It has 24 characters; those of tests and examples may be cut. */
const OF_API = /^req_(?:(?:vrtx|bdrk)_)?(?:01[0-9A-Za-z]{16,}|011C[0-9A-Za-z]{4,})$/;

/** A short hash: hexadecimal digits without zeros before them. A counter does not get that far. */
const SHORT_HASH = /^(?!0)[0-9a-f]{7,}$/;

/**
 * Whether nobody gives such a request id twice: one of the API, or one that is random by its looks. A gateway may give
 * every request the same id, or count from 1 in each session, also in the API's form (`req_7`, `req_local1`, `req_1_1`).
 */
function isUnique(requestId: string): boolean {
  if (OF_API.test(requestId)) return hasVariety(requestId.slice('req_'.length), 4);
  const id = requestId.replace(/^req_/, '');
  if (id !== requestId && SHORT_HASH.test(id)) return isMixed(id);
  // Words and a counter may be long, too: a random part has digits between letters, or is a time.
  return id.length >= RANDOM_LENGTH && hasVariety(id) && id.split(/[^0-9A-Za-z]+/).some(isRandomPart);
}

function hasVariety(id: string, least = RANDOM_VARIETY): boolean {
  return new Set(id).size >= least;
}

function isRandomPart(part: string): boolean {
  return isMixed(part) || /^[1-9]\d{9,}$/.test(part);
}

/** Whether digits and letters alternate: more than letters before a number, or a number before letters. */
function isMixed(part: string): boolean {
  return /\d[A-Za-z]+\d|[A-Za-z]\d+[A-Za-z]/.test(part);
}

/**
 * Gives responses keys of the request id and the message id, if the request id may be that of another response, too: by
 * its shape, or because the session has it with several message ids (a request has one message). `billed_requests` then
 * leaves out what stands under the request id alone: the same response, if it was sent before the others came or by an
 * earlier version, and what OpenTelemetry saw, which knows no message ids.
 *
 * In place: see `markCopies` in transcript.ts.
 */
export function tellReusedIdsApart(sighted: readonly Sighted[]): void {
  const messageOf = new Map<string, string>();
  const reused = new Set<string>();
  for (const { response } of sighted) {
    const { requestId, messageId } = response;
    if (requestId === '' || messageId === '' || response.isBeside || reused.has(requestId)) continue;
    const known = messageOf.get(requestId);
    if (known === undefined) {
      messageOf.set(requestId, messageId);
      if (!isUnique(requestId)) reused.add(requestId);
    } else if (known !== messageId) reused.add(requestId);
  }
  if (reused.size === 0) return;
  for (const { response } of sighted) {
    // A further call of a response has `:iter:` and its place in the message id as in the key.
    const { requestId, messageId } = response;
    if (reused.has(requestId) && messageId !== '' && !messageId.startsWith(':iter:'))
      response.key = `${requestId}|${messageId}`;
  }
}
