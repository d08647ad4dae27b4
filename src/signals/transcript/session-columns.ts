/**
 * What all rows of a session need: shared columns, the state known from hooks, and its responses without duplicates.
 */
import type { stamp } from '../row.js';
import type { EditedLines } from './edited-lines.js';
import type { AgentTranscript } from './session.js';
import type { Response, ToolCall, ToolOutcome } from './transcript-types.js';
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

/** A response with the type of the subagent that made it; empty for the main thread and for side questions. */
export interface Sighted {
  response: Response;
  agentType: string;
}

/**
 * The responses that are replays of others, by the rule of `billed_requests` (pipes/parts/define.ts): a side question
 * repeats messages of the main branch on a side branch, under request ids of its own. Only such a response gives way:
 * a message id alone does not make two responses one, because some gateways answer every request with the same. A
 * response with a request id may have lines without it, which are no further response.
 */
export function replaysIn(sighted: readonly Sighted[]): Set<Response> {
  const replays = new Set<Response>();
  const main = new Map<string, Response[]>();
  let mayReplay = false;
  for (const { response } of sighted) {
    if (response.sidechain || response.requestId === '') mayReplay = true;
    if (!response.sidechain && response.messageId !== '') {
      const known = main.get(response.messageId);
      if (known === undefined) main.set(response.messageId, [response]);
      else known.push(response);
    }
  }
  if (!mayReplay) return replays;
  const sides = new Set<string>();
  for (const { response, agentType } of sighted) {
    if (response.messageId === '') continue;
    const originals = main.get(response.messageId);
    if (!response.sidechain) {
      if (response.requestId === '' && originals?.some(({ requestId }) => requestId !== '') === true)
        replays.add(response);
    } else if (response.requestId === '') {
      if (originals?.some((one) => one.at === response.at && isSameUsage(one, response)) === true)
        replays.add(response);
    } else if (agentType === '') {
      const { input, output, cacheRead, cacheCreation5m, cacheCreation1h } = response.usage;
      const side = `${response.messageId}|${input}|${output}|${cacheRead}|${cacheCreation5m}|${cacheCreation1h}`;
      if (originals !== undefined || sides.has(side)) replays.add(response);
      sides.add(side);
    }
  }
  return replays;
}

function isSameUsage({ usage: one }: Response, { usage: other }: Response): boolean {
  return (
    one.input === other.input &&
    one.output === other.output &&
    one.cacheRead === other.cacheRead &&
    one.cacheCreation5m === other.cacheCreation5m &&
    one.cacheCreation1h === other.cacheCreation1h
  );
}
