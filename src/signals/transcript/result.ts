/** Finds the result of a tool call in a line. */
import { asArray, asObject, type Json } from '../../base/json/json.js';
import { asId } from '../privacy/name.js';

/** The content of a call's result, as the message of a line has it; undefined if the line has none. */
export function resultOf(callId: string, line: Json | undefined): unknown {
  return asArray(asObject(line?.message)?.content)
    .map(asObject)
    .find((block) => asId(block?.tool_use_id) === callId)?.content;
}
