/** Tells responses apart to which a gateway gave one request id. */
import type { Sighted } from './session-columns.js';
import type { Response } from './transcript-types.js';

/**
 * Gives the responses of a session with one request id but several message ids keys of their own: a request has one
 * message, so its id was used again. The first response keeps the id as its key, because it may have been sent before
 * the others came, and because OpenTelemetry knows all of them by that id alone.
 *
 * In place: see `markCopies` in transcript.ts.
 */
export function tellReusedIdsApart(sighted: readonly Sighted[]): void {
  const first = new Map<string, Response>();
  let reused: Set<string> | undefined;
  for (const { response } of sighted) {
    if (response.requestId === '' || response.messageId === '' || response.isBeside) continue;
    const known = first.get(response.requestId);
    if (known === undefined) first.set(response.requestId, response);
    else if (known.messageId !== response.messageId) {
      (reused ??= new Set()).add(response.requestId);
      if (response.at < known.at) first.set(response.requestId, response);
    }
  }
  if (reused === undefined) return;
  for (const { response } of sighted) {
    const { requestId, key } = response;
    if (!reused.has(requestId)) continue;
    // A further call has its response's message id and `:iter:`.
    const messageId = response.messageId.replace(/:iter:\d+$/, '');
    if (messageId === '' || messageId === first.get(requestId)?.messageId) continue;
    response.key = `${requestId}|${messageId}${key.slice(requestId.length)}`;
  }
}
