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
  const total = { added: 0, removed: 0 };
  const rest = new Map(Object.entries(told));
  const add = (lines: EditedLines) => {
    total.added += lines.added;
    total.removed += lines.removed;
  };
  const starts = startingCalls(transcripts);
  const threads = [
    { calls: main.toolCalls, whole: null },
    ...agents.map((agent) => ({ calls: agent.transcript.toolCalls, whole: wholeRun(agent, starts) })),
  ];
  for (const { calls, whole } of threads) {
    const edits = calls.filter(isEdit);
    const lines = edits.map(({ id, outcome }) => rest.get(id) ?? outcome?.lines ?? null);
    for (const { id } of edits) rest.delete(id);
    const known = lines.filter((one) => one !== null);
    if (known.length === lines.length) known.forEach(add);
    else if (whole !== null) add(whole);
    else return null;
  }
  const isHeardOf = main.lastAt !== null || rest.size > 0;
  rest.forEach(add);
  return isHeardOf ? total : null;
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
