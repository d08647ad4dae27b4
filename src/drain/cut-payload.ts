/**
 * Reads a payload of a tool call that the hook has cut, because it was large: its beginning, a line break and its end
 * (`atel_read_bounded` in capture.sh). What the tool was asked for and what it answered are gone; the transcript has them.
 */
import { parseObject, type Json } from '../base/json/json.js';

/** The fields before the tool's input and from the call's id on; undefined if it is not such a payload. */
export function cutPayload(bytes: Buffer): Json | undefined {
  const lineBreak = bytes.lastIndexOf('\n');
  if (lineBreak < 0) return undefined;
  // In a text within the payload, the quotation marks would be escaped.
  const input = bytes.indexOf(',"tool_input":');
  const id = bytes.lastIndexOf(',"tool_use_id":"');
  if (input < 0 || input > lineBreak || id < lineBreak) return undefined;
  const first = parseObject(`${bytes.subarray(0, input).toString('utf8')}}`);
  const last = parseObject(`{${bytes.subarray(id + 1).toString('utf8')}`);
  return first === undefined || last === undefined ? undefined : { ...first, ...last };
}
