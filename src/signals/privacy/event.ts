/** The allow-list of hook payload fields at tier 1. */
import { asObject, asText, type Json } from '../../base/json/json.js';
import { isWord } from './word.js';

/** What a tool call says about the MCP server that runs the tool. */
const mcpServer = ['mcp_server.name', 'mcp_server.source'];

/** What a change of the model says about the prompt cache and its price. */
const modelSwitch = [
  'from_model',
  'to_model',
  'source',
  'cache_ttl',
  'context_tokens',
  'prompt_cache_warm',
  'estimated_cache_write_usd',
  'pricing',
];

/**
 * The fields of each event's payload that are kept at tier 1. An allow-list: any other field never leaves the inbox. No
 * field contains what a person or a model wrote, a command, an argument, a path or an answer. `a.b` is the field `b` of
 * the object `a`; it is kept as `a_b`.
 */
export const keptAtTier1: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>(
  Object.entries({
    SessionStart: [
      'source',
      'model',
      'permission_mode',
      'seconds_since_last_response',
      'context_tokens',
      'prompt_cache_likely_expired',
      'estimated_cache_write_usd',
    ],
    SessionEnd: ['reason'],
    Stop: ['permission_mode', 'stop_hook_active', 'effort.level'],
    StopFailure: ['error'],
    UserPromptSubmit: ['permission_mode', 'source'],
    UserPromptExpansion: ['expansion_type', 'command_source'],
    PreToolUse: ['permission_mode', ...mcpServer],
    PostToolUse: ['permission_mode', ...mcpServer],
    PostToolUseFailure: ['permission_mode', 'is_interrupt', ...mcpServer],
    PreCompact: ['trigger'],
    PostCompact: ['trigger'],
    Notification: ['notification_type'],
    ConfigChange: ['source'],
    InstructionsLoaded: ['memory_type', 'load_reason'],
    PreModelSwitch: modelSwitch,
    PostModelSwitch: modelSwitch,
    PreSkillShellCommand: ['invoked_by'],
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
    const value = valueAt(payload, field);
    const text = asText(value);
    const name = field.replace('.', '_');
    if (typeof value === 'boolean' || typeof value === 'number') kept[name] = value;
    else if (text !== undefined && isWord(text)) kept[name] = text;
  }
  return JSON.stringify({ ...kept, ...facts });
}

function valueAt(payload: Json, field: string): unknown {
  const [outer = '', inner] = field.split('.');
  return inner === undefined ? payload[outer] : asObject(payload[outer])?.[inner];
}
