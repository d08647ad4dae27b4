/**
 * What a call of Edit or Write did to its file, in lines, as its result tells: the `toolUseResult` of a transcript's
 * line, or the `tool_response` of a PostToolUse payload, which are the same.
 *
 * Shape: `structuredPatch` is a list of hunks, whose `lines` begin with `+`, `-` or a blank. A new file (`type` is
 * `create`) has no hunks: all lines of its `content` were added. A last line counts with or without its line break,
 * as in a diff; the client's own counter (OpenTelemetry's `lines_of_code.count`) has one more for a new file that
 * ends with a line break.
 */
import type { Shape } from '../../base/json-scan/shape.js';
import { asArray, asCount, asObject } from '../../base/json/json.js';

/** Lines that were added to a file and removed from it. */
export interface EditedLines {
  added: number;
  removed: number;
}

/** Tools that change text files. A notebook's cells have no lines that anybody told. */
const EDITORS = new Set(['Edit', 'MultiEdit', 'Write']);

/** Tools that start a subagent; `Task` is what it was called before. */
const STARTERS = new Set(['Agent', 'Task']);

export const isEditor = (tool: string): boolean => EDITORS.has(tool);
export const isStarter = (tool: string): boolean => STARTERS.has(tool);

/** What of a result is looked at. */
export const editedShape = {
  type: {},
  content: { lines: true },
  structuredPatch: { items: { keys: { lines: { items: { text: 1 } } } } },
  toolStats: { keys: { linesAdded: {}, linesRemoved: {} } },
} satisfies Record<string, Shape>;

/**
 * The lines that a result tells of, whole or picked by `editedShape`; null where it tells of none. For a subagent
 * that was waited for, these are the lines of all its calls.
 */
export function editedLines(tool: string, result: unknown): EditedLines | null {
  const told = asObject(result);
  if (told === undefined) return null;
  if (isStarter(tool)) {
    const stats = asObject(told.toolStats);
    const [added, removed] = [asCount(stats?.linesAdded), asCount(stats?.linesRemoved)];
    return added === undefined || removed === undefined ? null : { added, removed };
  }
  if (!isEditor(tool) || !Array.isArray(told.structuredPatch)) return null;
  const hunks = told.structuredPatch.map(asObject);
  if (told.type === 'create' && hunks.length === 0) {
    const added = typeof told.content === 'string' ? countLines(told.content) : asCount(told.content);
    return added === undefined ? null : { added, removed: 0 };
  }
  const edited = { added: 0, removed: 0 };
  for (const line of hunks.flatMap((hunk) => asArray(hunk?.lines))) {
    if (typeof line !== 'string') continue;
    if (line.startsWith('+')) edited.added += 1;
    if (line.startsWith('-')) edited.removed += 1;
  }
  return edited;
}

/** The lines of a text: those that end with a line break, and what stands behind the last one. */
function countLines(text: string): number {
  const breaks = text.split('\n').length - 1;
  return text === '' || text.endsWith('\n') ? breaks : breaks + 1;
}
