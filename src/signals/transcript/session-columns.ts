/** What the rows of a session share: its columns, what is known of it beside its transcripts, its responses once each. */
import type { stamp } from '../row.js';
import type { EditedLines } from './edited-lines.js';
import type { AgentTranscript } from './session.js';
import type { Response, ToolCall, ToolOutcome } from './transcript.js';
import type { EpochMs } from '../../base/time/units.js';

/** What is known of a session beside its transcripts: hooks told it. */
export interface SessionState {
  sessionId: string;
  project: string;
  /** The last SessionEnd, and its reason. */
  end: { at: EpochMs; reason: string } | null;
  /** Whether anything was heard of the session since that end, or no end came yet. */
  open: boolean;
  /** Subagents that stopped, by id. */
  stops: Record<string, { at: EpochMs; agentType: string; promptId: string }>;
  /** Skills that were typed or called, as hooks told. */
  skills: string[];
  /** What calls of Edit and Write did, as hooks told, by the id of the call. */
  edits?: Record<string, EditedLines>;
}

/** Columns that all rows of a session share. */
export type SessionColumns = ReturnType<typeof stamp> & {
  session_id: string;
  project: string;
  source: string;
};

/** A tool call that has its result, and whose it is: main's agent is undefined. */
export interface DoneCall {
  call: ToolCall & { outcome: ToolOutcome };
  agent: AgentTranscript | undefined;
}

/** Each response once: a side question's replay of a message gives way to the main branch's copy. */
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
