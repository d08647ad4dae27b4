/** Counts the calls of Claude Code's tools in a log. */
import { asObject } from '../base/json/json.js';
import { isWithin, type Gatherer, type LogWindow } from './gather.js';
import { compare } from './task-runs.js';

/**
 * The calls of each of Claude Code's tools, from the context snapshots of a log. A snapshot has the calls of its
 * session so far, so its increase over the previous one counts. A smaller number than before is a new count.
 */
export function toolCalls(window: LogWindow): Gatherer<{ tool_name: string; calls: number }[]> {
  const last = new Map<string, number>();
  const calls = new Map<string, number>();
  return {
    add({ event, at, session_id: session, payload }) {
      if (event !== 'context_snapshot') return;
      for (const [tool, count] of Object.entries(asObject(payload.breakdown) ?? {})) {
        if (typeof count !== 'number') continue;
        const key = JSON.stringify([session, tool]);
        const before = last.get(key) ?? 0;
        last.set(key, count);
        const more = count < before ? count : count - before;
        if (isWithin(at, window) && more > 0) calls.set(tool, (calls.get(tool) ?? 0) + more);
      }
    },
    answer: () =>
      [...calls]
        .map(([tool_name, count]) => ({ tool_name, calls: count }))
        .sort((one, other) => other.calls - one.calls || compare(one.tool_name, other.tool_name)),
  };
}
