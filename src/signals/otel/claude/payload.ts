/** The allow-list of payload fields of Claude Code's OpenTelemetry events. */
import type { AttributeReader } from './reader.js';

/** How a payload field is read: a number, a flag, or one word of an enumeration. */
type Kind = 'count' | 'flag' | 'word';

/**
 * The fields of each event that tier 1 keeps besides its columns. It is an allow-list: it has no text that a user or a
 * model wrote, no command, argument, path, body or address, and a field of a new release stays out until someone has
 * checked it.
 */
const kept: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  user_prompt: { prompt_length: 'count', command_source: 'word' },
  assistant_response: { response_length: 'count', query_source: 'word' },
  api_error: { status_code: 'count', attempt: 'count', speed: 'word', query_source: 'word', effort: 'word' },
  api_refusal: {
    attempt: 'count',
    query_source: 'word',
    server_fallback_hop: 'count',
    has_category: 'flag',
    has_explanation: 'flag',
  },
  api_retries_exhausted: { status_code: 'count', total_attempts: 'count' },
  api_request_body: { body_length: 'count', body_truncated: 'flag', query_source: 'word' },
  api_response_body: { body_length: 'count', body_truncated: 'flag', query_source: 'word' },
  tool_result: {
    decision_type: 'word',
    decision_source: 'word',
    tool_input_size_bytes: 'count',
    tool_result_size_bytes: 'count',
    mcp_server_scope: 'word',
    tool_source: 'word',
  },
  tool_decision: {
    decision: 'word',
    source: 'word',
    tool_source: 'word',
    permission_mode: 'word',
    classifier_verdict: 'word',
  },
  permission_mode_changed: { from_mode: 'word', to_mode: 'word', trigger: 'word' },
  auth: { action: 'word', auth_method: 'word', status_code: 'count' },
  mcp_server_connection: { status: 'word', transport_type: 'word', server_scope: 'word', is_plugin: 'flag' },
  plugin_installed: { 'marketplace.is_official': 'flag', 'install.trigger': 'word' },
  plugin_loaded: {
    'plugin.scope': 'word',
    enabled_via: 'word',
    has_hooks: 'flag',
    has_mcp: 'flag',
    host_owned_mcp: 'flag',
    skill_path_count: 'count',
    command_path_count: 'count',
    agent_path_count: 'count',
    safe_mode: 'flag',
  },
  skill_activated: { invocation_trigger: 'word', 'skill.source': 'word', 'skill.kind': 'word' },
  at_mention: { mention_type: 'word' },
  hook_registered: { hook_event: 'word', hook_type: 'word', hook_source: 'word', safe_mode: 'flag' },
  hook_execution_start: {
    hook_event: 'word',
    hook_name: 'word',
    hook_source: 'word',
    num_hooks: 'count',
    managed_only: 'flag',
    safe_mode: 'flag',
  },
  hook_execution_complete: {
    hook_event: 'word',
    hook_name: 'word',
    hook_source: 'word',
    num_hooks: 'count',
    num_success: 'count',
    num_blocking: 'count',
    num_non_blocking_error: 'count',
    num_cancelled: 'count',
    num_outputs_persisted: 'count',
    stdout_chars: 'count',
    additional_context_chars: 'count',
    system_message_chars: 'count',
    initial_user_message_chars: 'count',
    managed_only: 'flag',
    safe_mode: 'flag',
  },
  compaction: { trigger: 'word', pre_tokens: 'count', post_tokens: 'count', precompute_reuse: 'flag' },
  subagent_completed: {
    'agent.source': 'word',
    is_built_in: 'flag',
    is_async: 'flag',
    // These are of the final request alone, not of the run, so they are renamed lest someone add them up.
    total_tokens: 'count',
    total_tool_uses: 'count',
    model_swapped: 'flag',
    final_model: 'word',
  },
};

/** New names for fields whose own would mislead. */
const renamed: Readonly<Record<string, string>> = { total_tokens: 'final_request_tokens' };

/** Every field that some payload may keep; all are safe in the generic tables too. */
export const payloadFields: ReadonlySet<string> = new Set(Object.values(kept).flatMap(Object.keys));

/** The fields of an event that tier 1 allows, as JSON. */
export function eventPayload(event: string, read: AttributeReader): string {
  const payload: Record<string, string | number | boolean> = {};
  for (const [field, kind] of Object.entries(Object.hasOwn(kept, event) ? (kept[event] ?? {}) : {})) {
    const value = read[kind](field);
    if (value !== null && value !== '') payload[(renamed[field] ?? field).replaceAll('.', '_')] = value;
  }
  return JSON.stringify(payload);
}
