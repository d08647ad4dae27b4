/**
 * What OpenTelemetry may tell at tier 1. Claude Code's records are read by an allow-list: an attribute that is
 * not named here is dropped, because a release may bring one that holds what somebody wrote. Other programs'
 * attributes are their makers' choice and stay, but for the known names of content and of people.
 */
import { payloadFields } from './claude/payload.js';
import { isClaudeCode, type Origin } from './origin.js';
import { textOf, type Attributes, type Value } from './value.js';

/**
 * Attributes of Claude Code's logs, metrics and spans that are counts, flags, ids, kinds or names, beside those
 * that the payload of an event may keep. Source: reference notes on Claude Code, §4.2 to §4.5.
 */
const keptOfClaudeCode = new Set([
  ...payloadFields,
  ...`
    session.id prompt.id app.version app.entrypoint terminal.type workflow.run_id
    event.name event.timestamp event.sequence message.uuid request_id client_request_id tool_use_id

    model final_model query_source speed effort attempt success status_code duration_ms total_duration_ms ttft_ms
    agent.name skill.name plugin.name plugin.version plugin_id_hash marketplace.name mcp_server.name mcp_tool.name
    agent_id parent_agent_id agent_type tool_name
    input_tokens output_tokens cache_read_tokens cache_creation_tokens
    cache_creation_5m_tokens cache_creation_1h_tokens cost_usd cost_usd_micros
    error_type error_code error_name error_category total_retry_duration_ms

    type start_type language source decision

    span.type llm_request.context stop_reason response.has_tool_call result_tokens skill_name subagent_type
    user_prompt_length interaction.sequence interaction.duration_ms
    gen_ai.system gen_ai.request.model gen_ai.response.id gen_ai.response.finish_reasons gen_ai.tool.call.id
  `
    .trim()
    .split(/\s+/),
]);

/** Longest value of these: a name or an id, not a text. */
const MAX_LENGTH = 100;

/** Names of people, accounts and machines, in whatever record. */
const personal =
  /^(?:user\.|enduser\.|user_?(?:id|name)$|e-?mail$|account_?(?:id|uuid)$|organization\.|client\.address|host\.(?:name|id|ip|mac)|process\.(?:command|owner|executable|working))/;

/** Names under which programs send what somebody wrote: the GenAI conventions and what came before them. */
const content = new RegExp(
  [
    '^gen_ai\\.(?:prompt|completion|content|system_instructions)(?:$|\\.)',
    '^gen_ai\\.(?:input|output)\\.messages',
    '^gen_ai\\.tool\\.(?:call\\.(?:arguments|result)|definitions|description)',
    '^gen_ai\\.(?:user|assistant|system|tool|choice)\\.message',
    '^llm\\.(?:prompts?|completions?|(?:input|output)_messages|prompt_template)',
    '^(?:input|output)\\.(?:value|mime_type)$',
    '^traceloop\\.entity\\.(?:input|output)',
    '^ai\\.(?:prompt|response\\.(?:text|object|toolCalls)|toolCall\\.(?:args|result))',
    '^(?:prompt|response|completion|user_prompt|tool_input|tool_output|tool_parameters|full_command|file_path)$',
    '^(?:body|bash_command|messages|content)$',
    '^(?:db\\.(?:statement|query\\.text)|url\\.query)$',
  ].join('|'),
);

/** Bounded, so that a long text costs no more than its length. */
const address = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]/;

/** The attributes of a record that may be kept, as text, in the order of their keys. */
export function keepAttributes(attributes: Attributes, origin: Origin): Record<string, string> {
  return isClaudeCode(origin)
    ? keep(attributes, (key) => keptOfClaudeCode.has(key), MAX_LENGTH)
    : keep(attributes, isOthersOwn, Infinity);
}

/**
 * The attributes of a resource or scope that may be kept. Whoever runs the program chose them (team, cost
 * centre …), so that they stay even for Claude Code, but for people and addresses.
 */
export function keepOriginAttributes(attributes: Attributes): Record<string, string> {
  return keep(attributes, isOthersOwn, Infinity);
}

/** The body of a log that may be kept: of Claude Code's its event's name alone, of others what is no message. */
export function keepBody(body: Value, name: string, origin: Origin): string {
  if (isClaudeCode(origin)) {
    const text = textOf(body);
    return /^claude_code\.\w{1,60}$/.test(text) ? text : '';
  }
  return content.test(name) || name.startsWith('gen_ai.') ? '' : textOf(withoutContent(body));
}

/** The message of a span's status: of Claude Code's it may be a command's output. */
export function keepStatusMessage(message: string, origin: Origin): string {
  return isClaudeCode(origin) ? '' : message;
}

function keep(attributes: Attributes, isKept: (key: string) => boolean, maxLength: number) {
  const texts = new Map<string, string>();
  for (const [key, value] of attributes) {
    if (!isKept(key)) continue;
    const text = textOf(typeof value === 'object' ? withoutContent(value) : value);
    if (text.length <= maxLength && !(text.includes('@') && address.test(text))) texts.set(key, text);
  }
  const kept: [string, string][] = [];
  for (const key of [...texts.keys()].sort()) kept.push([key, texts.get(key) ?? '']);
  return Object.fromEntries(kept);
}

function isOthersOwn(key: string): boolean {
  return !personal.test(key) && !content.test(key);
}

/** A structured value without the parts that hold what somebody wrote. */
function withoutContent(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutContent);
  if (!(value instanceof Map)) return value;
  return new Map(
    [...value].filter(([key]) => isOthersOwn(key)).map(([key, item]) => [key, withoutContent(item)]),
  );
}
