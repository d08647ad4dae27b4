/** A session's state, in a word and a colour. */
import type { SessionStatus } from '../../api/session-status.js';

export function Status({ status }: { status: SessionStatus }) {
  return <span className={`status ${status}`}>{status}</span>;
}
