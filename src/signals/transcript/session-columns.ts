/**
 * What all rows of a session need: shared columns, the state known from hooks, and its responses without duplicates.
 */
import type { stamp } from '../row.js';
import type { EditedLines } from './edited-lines.js';
import type { AgentTranscript } from './session.js';
import type { Response, ToolCall, ToolOutcome } from './transcript.js';
import type { EpochMs } from '../../base/time/units.js';

/** What hooks reported about a session, beyond its transcripts. */
export interface SessionState {
  sessionId: string;
  project: string;
  /** The last SessionEnd: time, and reason. */
  end: { at: EpochMs; reason: string } | null;
  /** Whether the session is open: no end yet, or something happened after it. */
  open: boolean;
  /** Subagents that stopped, by id. */
  stops: Record<string, { at: EpochMs; agentType: string; promptId: string }>;
  /** Skills that were typed or called, as reported by hooks. */
  skills: string[];
  /** Lines changed by calls of Edit and Write, as reported by hooks, by the id of the call. */
  edits?: Record<string, EditedLines>;
}

/** Columns that all rows of a session share. */
export type SessionColumns = ReturnType<typeof stamp> & {
  session_id: string;
  project: string;
  source: string;
};

/** A tool call with its result, and the subagent that made it; undefined for the main thread. */
export interface DoneCall {
  call: ToolCall & { outcome: ToolOutcome };
  agent: AgentTranscript | undefined;
}

/** Removes duplicate responses: if a side question replays a message, the main branch's copy is kept. */
export function unique(responses: readonly Response[]): Response[] {
  const byMessage = new Map<string, Response>();
  for (const response of responses) {
    const id = response.messageId === '' ? response.key : response.messageId;
    const seen = byMessage.get(id);
    if (seen === undefined || (seen.sidechain && !response.sidechain)) byMessage.set(id, response);
  }
  return [...byMessage.values()].sort(byTime);
}

function byTime(a: Response, b: Response): number {
  return a.at - b.at;
}
