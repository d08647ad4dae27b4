/** `atel summary --file`: the summary from a project's log. */
import {
  gather,
  startBefore,
  toolCalls,
  workByTool,
  workEnds,
  workSummary,
} from '../../project-log/index.js';
import { windowJson } from '../shared/answer.js';
import { logHeading, logWindow, printLogAnswer, type LogDesk } from '../shared/log-desk.js';
import { metricLines } from '../views/metric-lines.js';
import { readCount, readWindow } from '../shared/options.js';
import { hasWork, shownWork, toolCallLines, workToolLines } from '../views/work-lines.js';
import type { summary } from '../commands/summary.js';
import type { OptionsOf } from '../shared/command.js';

/**
 * Shows a summary of the requested window from a project's log: tasks, commands and tools, compared with the previous
 * window.
 */
export async function run(options: OptionsOf<typeof summary.flags>, desk: LogDesk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top, 1_000);
  const asked = logWindow(window, options, desk.now);
  const [ends, calls] = [workEnds(startBefore(asked)), toolCalls(asked)];
  const reading = await gather(desk.file, [ends, calls]);
  const ended = ends.answer();
  const [work, byTool, tools] = [workSummary(ended, asked), workByTool(ended, asked), calls.answer()];
  const json = { window: windowJson(window), work, work_by_tool: byTool, tools };
  await printLogAnswer(desk, options, json, reading, () => {
    const head = [...logHeading('Summary', window, desk), ''];
    if (!hasWork(work) && tools.length === 0)
      return [...head, 'No command or task ended in this period. A longer --since shows more.'];
    return [
      ...head,
      ...metricLines(work, shownWork, desk.terminal),
      ...workToolLines(byTool, top, desk.terminal),
      ...toolCallLines(tools, top, desk.terminal),
    ];
  });
}
