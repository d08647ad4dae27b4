/** `atel trace --file`: the timeline of a task from a project's log. */
import { gather, taskTrace } from '../../project-log/index.js';
import { CommandError } from '../shared/command-error.js';
import { logWindow, printLogAnswer, type LogDesk } from '../shared/log-desk.js';
import { readWindow } from '../shared/options.js';
import { plain } from '../render/text.js';
import { readPage, traceJson, traceLines, type TraceOptions } from './trace.js';

/** Shows what happened for a task, from a project's log. */
export async function run(options: TraceOptions, desk: LogDesk, task: string): Promise<void> {
  const { limit, after } = readPage(options);
  const window = readWindow(options, desk.now);
  logWindow(window, options, desk.now);
  const gathered = taskTrace(task);
  const reading = await gather(desk.file, [gathered]);
  const rows = gathered.answer();
  if (rows.length === 0) throw new CommandError(`no event in ${desk.file} names the task "${plain(task)}"`);
  const { time = '', id = '' } = after ?? {};
  const found = rows.filter(
    (row) => row.timestamp > (time ?? '') || (row.timestamp === time && row.event_id > id),
  );
  const json = traceJson(task, found.slice(0, limit + 1), limit);
  await printLogAnswer(desk, options, json, reading, () => traceLines(json, window.timezone, desk.terminal));
}
