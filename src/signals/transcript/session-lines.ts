import { isEditor, isStarter, type EditedLines } from './edited-lines.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import { startingCalls } from './starting-calls.js';
import type { ToolCall } from './transcript.js';

/**
 * Lines that a session's own calls of Edit and Write added and removed, subagents included: each call once, by
 * its id, whether its transcript told its lines or a hook did. Null where one of them told nobody, or where nothing
 * is known of the session's calls.
 *
 * The transcript of a subagent does not hold what its calls returned. Where no hook was heard either, the result of
 * the call that started it tells the sum of its edits, unless it started others itself.
 */
export function sessionLines(
  transcripts: SessionTranscripts,
  told: Record<string, EditedLines> = {},
): EditedLines | null {
  const { main, agents } = transcripts;
  const rest = new Map(Object.entries(told));
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

/** Lines of some calls together, each taken out of what hooks told; null where one of them told nobody. */
function linesOf(calls: readonly ToolCall[], told: Map<string, EditedLines>): EditedLines | null {
  const sum = { added: 0, removed: 0 };
  let isKnown = true;
  for (const call of calls) {
    if (!isEdit(call)) continue;
    const lines = told.get(call.id) ?? call.outcome?.lines ?? null;
    told.delete(call.id);
    if (lines === null) isKnown = false;
    else add(lines, sum);
  }
  return isKnown ? sum : null;
}

function add(lines: EditedLines, total: EditedLines): void {
  total.added += lines.added;
  total.removed += lines.removed;
}

/** Whether a call of the session's own changed a file. */
function isEdit({ name, outcome, copy }: ToolCall): boolean {
  return isEditor(name) && !copy && outcome !== null && !outcome.failed;
}

/** The lines of a subagent's whole run, where the call that started it waited for its end and nothing else is in them. */
function wholeRun(
  { toolUseId, transcript }: AgentTranscript,
  starts: Map<string, ToolCall>,
): EditedLines | null {
  if (transcript.toolCalls.some(({ name }) => isStarter(name))) return null;
  const start = starts.get(toolUseId);
  return start !== undefined && isStarter(start.name) ? (start.outcome?.lines ?? null) : null;
}
