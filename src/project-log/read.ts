/** Reads the events of a project's log. */
import { parseLine } from './line.js';
import { lineBlocks, type LineBlock } from './lines.js';
import { openRegularHandle } from '../base/regular-file/handle.js';
import { parseObject } from '../base/json/json.js';
import { logEvent, type LogEvent } from './event.js';
import type { EpochMs } from '../base/time/units.js';

/** Filters for events. A filter that is not set matches every event. */
export interface LogQuery {
  /** Start, inclusive. */
  since?: EpochMs;
  /** End, exclusive. */
  until?: EpochMs;
  event?: string;
  tool?: string;
  task?: string;
}

/** The counts of one reading. */
export interface LogReading {
  /** Events that were yielded. */
  events: number;
  /** Repeated events, recognised by their id. */
  duplicates: number;
  /** Lines without an event: no JSON object, no name, or no time; including an incomplete line. */
  unreadable: number;
  /** Whether the last line is incomplete: its writer crashed, ran out of disk, or is still writing. */
  torn: boolean;
}

/**
 * Reads the events of a log that match a query, each once, in the order of the file and in blocks: only the ids that
 * were seen stay in memory. Throws errors of the operating system.
 *
 * @param reading is filled while reading
 */
export async function* readLog(
  file: string,
  query: LogQuery = {},
  reading: LogReading = { events: 0, duplicates: 0, unreadable: 0, torn: false },
): AsyncGenerator<LogEvent[]> {
  const seen = new Set<string>();
  let number = 0;
  const read = (line: string): LogEvent[] => {
    number += 1;
    const found = parseObject(line);
    // A line may hold a complete event after an incomplete one.
    const rescued = found ?? parseLine(line);
    const event = rescued === undefined ? undefined : logEvent(rescued, `line-${number}`);
    if (found === undefined || event === undefined) reading.unreadable += 1;
    if (event === undefined || !isAskedFor(event, query)) return [];
    if (seen.has(event.event_id)) {
      reading.duplicates += 1;
      return [];
    }
    seen.add(event.event_id);
    reading.events += 1;
    return [event];
  };

  const log = await openRegularHandle(file);
  try {
    for await (const block of lineBlocks(log)) {
      const events = [...block.lines, ...wholeRest(block, reading)].flatMap(read);
      if (events.length > 0) yield events;
    }
  } finally {
    await log.close();
  }
}

/** The text after the last line feed, if it is a complete event that only lacks its line feed. */
function wholeRest({ rest }: LineBlock, reading: LogReading): string[] {
  if (rest === '') return [];
  if (parseObject(rest) !== undefined) return [rest];
  reading.torn = true;
  reading.unreadable += 1;
  return [];
}

function isAskedFor(event: LogEvent, { since, until, event: name, tool, task }: LogQuery): boolean {
  return (
    (since === undefined || event.at >= since) &&
    (until === undefined || event.at < until) &&
    (name === undefined || event.event === name) &&
    (tool === undefined || event.tool_name === tool) &&
    (task === undefined || event.task_id === task)
  );
}
