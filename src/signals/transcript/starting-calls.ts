/** Finds the tool calls that started a session's subagents. */
import type { SessionTranscripts } from './session.js';
import type { ToolCall } from './transcript-types.js';

/** The calls that started a session's subagents, by id. */
export function startingCalls({ main, agents }: SessionTranscripts): Map<string, ToolCall> {
  const found = new Map<string, ToolCall>();
  if (agents.length === 0) return found;
  const ids = new Set(agents.map(({ toolUseId }) => toolUseId));
  for (const { toolCalls } of [main, ...agents.map(({ transcript }) => transcript)])
    for (const call of toolCalls) if (ids.has(call.id)) found.set(call.id, call);
  return found;
}
