/** One line of emitted events: JSON, maybe behind the torn rest of another one. */
import { parseObject, type Json } from '../base/json/json.js';

/** How every line of ours begins. */
const HEAD = '{"event_id":"';

/** A line as an event; where a torn one stands before it in the line, what follows that. */
export function parseLine(line: string): Json | undefined {
  const whole = parseObject(line);
  if (whole !== undefined) return whole;
  const head = line.lastIndexOf(HEAD);
  return head > 0 ? parseObject(line.slice(head)) : undefined;
}
