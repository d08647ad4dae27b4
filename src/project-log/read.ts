import { parseLine } from './line.js';
import { lineBlocks, type LineBlock } from './lines.js';
import { openRegularHandle } from '../base/regular-file/handle.js';
import { parseObject } from '../base/json/json.js';
import { logEvent, type LogEvent } from './event.js';
import type { EpochMs } from '../base/time/units.js';

/** Which events are wanted. What is not given narrows nothing. */
export interface LogQuery {
  /** First moment, inclusive. */
  since?: EpochMs;
  /** Last moment, exclusive. */
  until?: EpochMs;
  event?: string;
  tool?: string;
  task?: string;
}

/** What a reading met. */
export interface LogReading {
  /** Events that were handed on. */
  events: number;
  /** Events that stood there again, under an identity that was met before. */
  duplicates: number;
  /** Lines that hold no event: no JSON object, no name, or no time; a torn one too. */
  unreadable: number;
  /** Whether the last line is torn: its writer crashed, ran out of disk, or is still writing. */
  torn: boolean;
}

/**
 * Reads the events of a log that a query asks for, each once, in the order of the file, some at a time: memory does
 * not grow with the file but for the identities that were met. Throws what the operating system will not do.
 *
 * @param reading filled while reading
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
    // Behind a torn line there may stand a whole one.
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

/** What stands behind the last line feed: an event that only lacks its line feed, or a torn one. */
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
