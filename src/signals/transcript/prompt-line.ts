/** Tells prompts and copied lines from the other lines of a transcript. */
import { asObject, type Json } from '../../base/json/json.js';
import { isClientsText } from './markup.js';

/** `/branch` marks each line that it copied with its origin. */
export function isForked(line: Json): boolean {
  return line.forkedFrom !== undefined && line.forkedFrom !== null;
}

/**
 * Whether a user line without results is a prompt in the sense of UserPromptSubmit: not an inserted text, not the
 * notification of a finished subagent, not a command of the client, not the summary after `/compact`.
 */
export function isPrompt(line: Json): boolean {
  const content = asObject(line.message)?.content;
  const isNotification = asObject(line.origin)?.kind === 'task-notification';
  const isClients = typeof content === 'string' && isClientsText(content);
  return line.isMeta !== true && line.isCompactSummary !== true && !isNotification && !isClients;
}
