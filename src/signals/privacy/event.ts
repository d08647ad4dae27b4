/** The allow-list of hook payload fields at tier 1. */
import { asText, type Json } from '../../base/json/json.js';
import { isWord } from './word.js';

/**
 * The fields of each event's payload that are kept at tier 1. An allow-list: any other field never leaves the inbox. No
 * field contains what a person or a model wrote, a command, an argument, a path or an answer.
 */
const keptAtTier1 = new Map<string, readonly string[]>(
  Object.entries({
    SessionStart: ['source', 'model', 'permission_mode'],
    SessionEnd: ['reason'],
    Stop: ['permission_mode', 'stop_hook_active'],
    StopFailure: ['error'],
    UserPromptSubmit: ['permission_mode', 'source'],
    UserPromptExpansion: ['expansion_type', 'command_source'],
    PreToolUse: ['permission_mode'],
    PostToolUse: ['permission_mode'],
    PostToolUseFailure: ['permission_mode', 'is_interrupt'],
    PreCompact: ['trigger'],
    PostCompact: ['trigger'],
    Notification: ['notification_type'],
    ConfigChange: ['source'],
    InstructionsLoaded: ['memory_type', 'load_reason'],
    PreModelSwitch: ['from_model', 'to_model', 'source', 'cache_ttl'],
    PostModelSwitch: ['from_model', 'to_model', 'source', 'cache_ttl'],
  }),
);

/**
 * The fields of a hook payload that tier 1 keeps, as JSON.
 *
 * @param facts facts that we derived; every name in them went through `asName`
 */
export function filterPayload(event: string, payload: Json, facts: object = {}): string {
  const kept: Record<string, string | number | boolean> = {};
  for (const field of keptAtTier1.get(event) ?? []) {
    const value = payload[field];
    const text = asText(value);
    if (typeof value === 'boolean' || typeof value === 'number') kept[field] = value;
    else if (text !== undefined && isWord(text)) kept[field] = text;
  }
  return JSON.stringify({ ...kept, ...facts });
}
