/**
 * The lines that a call of Edit or Write changed in its file, taken from its result: the `toolUseResult` of a
 * transcript line or the `tool_response` of a PostToolUse payload, which are the same.
 *
 * Shape: `structuredPatch` is a list of hunks, whose `lines` begin with `+`, `-` or a blank. A new file (`type` is
 * `create`) has no hunks: all lines of its `content` count as added. The last line counts with or without a line break,
 * as in a diff. The client's own counter (OpenTelemetry's `lines_of_code.count`) is one higher for a new file that ends
 * with a line break.
 */
import type { Shape } from '../../base/json-scan/shape.js';
import { asArray, asCount, asObject } from '../../base/json/json.js';

/** Numbers of lines added to and removed from a file. */
export interface EditedLines {
  added: number;
  removed: number;
}

/** Tools that edit text files. NotebookEdit is not one: its result does not report lines. */
const EDITORS = new Set(['Edit', 'MultiEdit', 'Write']);

/** Tools that start a subagent; `Task` is the older name. */
const STARTERS = new Set(['Agent', 'Task']);

export const isEditor = (tool: string): boolean => EDITORS.has(tool);
export const isStarter = (tool: string): boolean => STARTERS.has(tool);

/** The parts of a result that are needed. */
export const editedShape = {
  type: {},
  content: { lines: true },
  structuredPatch: { items: { keys: { lines: { items: { text: 1 } } } } },
  toolStats: { keys: { linesAdded: {}, linesRemoved: {} } },
} satisfies Record<string, Shape>;

/**
 * The lines that a result reports, whole or picked by `editedShape`; null if it reports none. For a subagent that its
 * caller waited for, these are the lines of all its calls.
 */
export function editedLines(tool: string, result: unknown): EditedLines | null {
  const reported = asObject(result);
  if (reported === undefined) return null;
  if (isStarter(tool)) {
    const stats = asObject(reported.toolStats);
    const [added, removed] = [asCount(stats?.linesAdded), asCount(stats?.linesRemoved)];
    return added === undefined || removed === undefined ? null : { added, removed };
  }
  if (!isEditor(tool) || !Array.isArray(reported.structuredPatch)) return null;
  const hunks = reported.structuredPatch.map(asObject);
  if (reported.type === 'create' && hunks.length === 0) {
    const added =
      typeof reported.content === 'string' ? countLines(reported.content) : asCount(reported.content);
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

/** The number of lines in a text, including a last one without a line break. */
function countLines(text: string): number {
  const breaks = text.split('\n').length - 1;
  return text === '' || text.endsWith('\n') ? breaks : breaks + 1;
}
