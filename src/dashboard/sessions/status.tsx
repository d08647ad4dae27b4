/** A session's state, in a word and a colour. */
import type { SessionStatus } from '../../api/session-status.js';

/** The states in words. Claude Code's transcripts have no end, so most older sessions have none: that is no alarm. */
export const statusNames: Readonly<Record<SessionStatus, string>> = {
  active: 'active',
  ended: 'ended',
  abandoned: 'no end recorded',
};

export function Status({ status }: { status: SessionStatus }) {
  return <span className={`status ${status}`}>{statusNames[status]}</span>;
}
