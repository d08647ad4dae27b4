import type { LogEvent } from './event.js';
import { readLog, type LogReading } from './read.js';

/** Takes the events of a log one by one and then computes an answer. */
export interface Gatherer<T> {
  add(event: LogEvent): void;
  answer(): T;
}

/** The requested window. */
export interface LogWindow {
  /** Start, inclusive, milliseconds since 1970. */
  from: number;
  /** End, exclusive, milliseconds since 1970; null for a window that is open up to now. */
  to: number | null;
  /** The current time, milliseconds since 1970. */
  now: number;
}

/** Whether a time is in the requested window. */
export function isWithin(at: number, { from, to }: LogWindow): boolean {
  return at >= from && (to === null || at < to);
}

/** Reads a log once for several answers. */
export async function gather(
  file: string,
  gatherers: readonly Pick<Gatherer<unknown>, 'add'>[],
): Promise<LogReading> {
  const reading: LogReading = { events: 0, duplicates: 0, unreadable: 0, torn: false };
  for await (const events of readLog(file, {}, reading))
    for (const event of events) for (const gatherer of gatherers) gatherer.add(event);
  return reading;
}
