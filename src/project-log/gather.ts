/** Reads a log once and computes several answers from it. */
import type { LogEvent } from './event.js';
import { readLog, type LogReading } from './read.js';
import type { EpochMs } from '../base/time/units.js';

/** Takes the events of a log one by one and then computes an answer. */
export interface Gatherer<T> {
  add(event: LogEvent): void;
  answer(): T;
}

/** The requested window. */
export interface LogWindow {
  /** Start, inclusive. */
  from: EpochMs;
  /** End, exclusive; null for a window that is open up to now. */
  to: EpochMs | null;
  /** The current time. */
  now: EpochMs;
}

/** Whether a time is in the requested window. */
export function isWithin(at: EpochMs, { from, to }: LogWindow): boolean {
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
