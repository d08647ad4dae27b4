import type { LogEvent } from './event.js';
import { readLog, type LogReading } from './read.js';
import type { EpochMs } from '../base/time/units.js';

/** Takes a log's events one by one and then knows an answer. */
export interface Gatherer<T> {
  add(event: LogEvent): void;
  answer(): T;
}

/** The time that is asked about. */
export interface LogWindow {
  /** First moment, inclusive. */
  from: EpochMs;
  /** Last moment, exclusive; null while it is open to now. */
  to: EpochMs | null;
  now: EpochMs;
}

/** Whether an event lies in the asked time. */
export function isWithin(at: number, { from, to }: LogWindow): boolean {
  return at >= from && (to === null || at < to);
}

/** Reads a log once, for several answers. */
export async function gather(
  file: string,
  gatherers: readonly Pick<Gatherer<unknown>, 'add'>[],
): Promise<LogReading> {
  const reading: LogReading = { events: 0, duplicates: 0, unreadable: 0, torn: false };
  for await (const events of readLog(file, {}, reading))
    for (const event of events) for (const gatherer of gatherers) gatherer.add(event);
  return reading;
}
