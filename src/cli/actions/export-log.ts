/** `atel export --file`: exports the events of a project's log. */
import { logEvent, readLog, type LogEvent, type LogReading } from '../../project-log/index.js';
import { logWindow, unreadLines, type LogDesk } from '../shared/log-desk.js';
import { readWindow, storeText, UsageError } from '../shared/options.js';
import { readTextFormat, withoutDash, type ExportOptions } from './export-options.js';
import { writePages } from './export-out.js';

/** Writes the events of a project's log, with the names of the store's columns; all other keys are in `payload`. */
export async function run(given: ExportOptions, desk: LogDesk): Promise<void> {
  const options = withoutDash(given);
  const format = readTextFormat(options);
  if (options.table !== undefined && options.table !== 'events')
    throw new UsageError(
      `--table ${options.table} needs the store: a log contains only events (run it without --file)`,
    );
  const { from, to } = logWindow(readWindow({ ...options, json: true }, desk.now), options, desk.now);
  const { event, tool, task } = options;
  const query = {
    since: from,
    ...(to === null ? {} : { until: to }),
    ...(event === undefined ? {} : { event }),
    ...(tool === undefined ? {} : { tool }),
    ...(task === undefined ? {} : { task }),
  };
  const reading: LogReading = { events: 0, duplicates: 0, unreadable: 0, torn: false };
  const all = rowsOf(readLog(desk.file, query, reading));
  await writePages(all, columns, format, options, desk.print);
  for (const line of unreadLines(reading)) desk.complain(line);
}

async function* rowsOf(all: AsyncGenerator<LogEvent[]>): AsyncGenerator<Record<string, unknown>[]> {
  for await (const events of all) yield events.map(rowOf);
}

function rowOf({ event_id, at, payload, ...columns }: LogEvent): Record<string, unknown> {
  return { event_id, timestamp: storeText(new Date(at)), ...columns, payload: JSON.stringify(payload) };
}

/** Every event has all columns. */
function columns(): Promise<string[]> {
  const event = logEvent({ event: 'custom', timestamp: 0 }, '');
  return Promise.resolve(event === undefined ? [] : Object.keys(rowOf(event)));
}
