/** Tells responses apart to which a gateway gave one request id. */
import type { Sighted } from './session-columns.js';

/** How long an id of no known shape must be to be random, and how many different characters it must have. */
const RANDOM_LENGTH = 16;
const RANDOM_VARIETY = 8;

/**
 * Whether nobody gives such a request id twice: one of the API, or one that is random by its looks. A gateway may give
 * every request the same id, or count from 1 in each session, also in the API's form (`req_7`, `req_local`).
 */
function isUnique(requestId: string): boolean {
  if (/^req_./.test(requestId)) return !/^req_(?:\d{1,9}|[A-Za-z]+)$/.test(requestId);
  return (
    requestId.length >= RANDOM_LENGTH && /\d/.test(requestId) && new Set(requestId).size >= RANDOM_VARIETY
  );
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
