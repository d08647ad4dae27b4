/** Parses a line of emitted events: JSON, possibly after the rest of a torn line. */
import { parseObject, type Json } from '../base/json/json.js';

/** The start of every line that we write. */
const HEAD = '{"event_id":"';

/** Parses a line as an event. If the line begins with a torn one, parses what follows it. */
export function parseLine(line: string): Json | undefined {
  const whole = parseObject(line);
  if (whole !== undefined) return whole;
  const head = line.lastIndexOf(HEAD);
  return head > 0 ? parseObject(line.slice(head)) : undefined;
}
