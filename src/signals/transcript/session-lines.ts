/** Sums the lines that a session added and removed. */
import { isEditor, isStarter, type EditedLines } from './edited-lines.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import { startingCalls } from './starting-calls.js';
import type { ToolCall } from './transcript-types.js';

/**
 * Lines that the session's own Edit and Write calls added and removed, subagents included. Each call counts once, by
 * its id, whether a transcript or a hook reported its lines. Null if nothing reported the lines of some call, or
 * nothing is known of the session.
 *
 * A subagent's transcript does not contain the results of its calls. If no hook reported them either, the result of the
 * call that started the subagent has the sum of its edits, unless the subagent started others itself.
 */
export function sessionLines(
  transcripts: SessionTranscripts,
  reported: Record<string, EditedLines> = {},
): EditedLines | null {
  const { main, agents } = transcripts;
  const rest = new Map(Object.entries(reported));
  const total = linesOf(main.toolCalls, rest);
  if (total === null) return null;
  const starts = startingCalls(transcripts);
  for (const agent of agents) {
    const lines = linesOf(agent.transcript.toolCalls, rest) ?? wholeRun(agent, starts);
    if (lines === null) return null;
    add(lines, total);
  }
  const isHeardOf = main.lastAt !== null || rest.size > 0;
  for (const lines of rest.values()) add(lines, total);
  return isHeardOf ? total : null;
}

/**
 * Sums the lines of some calls and removes them from those that hooks reported; null if the lines of a call are
 * unknown.
 */
function linesOf(calls: readonly ToolCall[], reported: Map<string, EditedLines>): EditedLines | null {
  const sum = { added: 0, removed: 0 };
  let isKnown = true;
  for (const call of calls) {
    if (!isEdit(call)) continue;
    const lines = reported.get(call.id) ?? call.outcome?.lines ?? null;
    reported.delete(call.id);
    if (lines === null) isKnown = false;
    else add(lines, sum);
  }
  return isKnown ? sum : null;
}

function add(lines: EditedLines, total: EditedLines): void {
  total.added += lines.added;
  total.removed += lines.removed;
}

/** Whether a call of this session itself changed a file. */
function isEdit({ name, outcome, copy }: ToolCall): boolean {
  return isEditor(name) && !copy && outcome !== null && !outcome.failed;
}

/** The lines of a subagent's whole run, if its caller waited for it and they include no other subagent. */
function wholeRun(
  { toolUseId, transcript }: AgentTranscript,
  starts: Map<string, ToolCall>,
): EditedLines | null {
  if (transcript.toolCalls.some(({ name }) => isStarter(name))) return null;
  const start = starts.get(toolUseId);
  return start !== undefined && isStarter(start.name) ? (start.outcome?.lines ?? null) : null;
}
