/**
 * What OpenTelemetry records may contain at tier 1. Claude Code's records pass an allow-list: any other attribute is
 * dropped, because a new release may add one that contains written text. Other programs' records pass a list of
 * OpenTelemetry's own names. Secrets are redacted here, because the identity of a row in the generic tables is computed
 * from its content.
 */
import { identify } from '../identity.js';
import { redactText } from './redact-text.js';
import { asName, isPath } from './name.js';
import { redactColumns } from './redacted-row.js';
import { isUnit } from './word.js';
import { payloadFields } from '../otel/claude/payload.js';
import { foreignAttributes } from './foreign-attributes.js';
import { isClaudeCode, type Origin } from '../otel/origin.js';
import { textOf, type Attributes, type Value } from '../otel/value.js';

/**
 * Attributes of Claude Code's logs, metrics and spans that are counts, flags, ids, kinds or names, in addition to the
 * fields that the payload of an event may keep. Source: reference notes on Claude Code, §4.2 to §4.5.
 */
const keptOfClaudeCode = new Set([
  ...payloadFields,
  ...`
    session.id prompt.id app.version app.entrypoint terminal.type workflow.run_id
    event.name event.timestamp event.sequence message.uuid request_id client_request_id tool_use_id

    model final_model query_source speed effort attempt success status_code duration_ms total_duration_ms ttft_ms
    agent.name skill.name plugin.name plugin.version plugin_id_hash marketplace.name mcp_server.name mcp_tool.name
    agent_id parent_agent_id agent_type tool_name
    anthropic.provider anthropic.custom_base_url
    input_tokens output_tokens cache_read_tokens cache_creation_tokens
    cache_creation_5m_tokens cache_creation_1h_tokens cost_usd cost_usd_micros
    error_type error_code error_name error_category total_retry_duration_ms

    type start_type language source decision

    first_content_ms error_class query_source_safe tool_name_safe anthropic.mcp.server.name parent.source queued_sends
    span.type llm_request.context stop_reason response.has_tool_call result_tokens skill_name subagent_type
    user_prompt_length interaction.sequence interaction.duration_ms
    gen_ai.system gen_ai.provider.name gen_ai.operation.name gen_ai.conversation.id gen_ai.request.model
    gen_ai.response.id gen_ai.response.model gen_ai.response.finish_reasons gen_ai.tool.call.id gen_ai.tool.name
    gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens
    gen_ai.usage.cache_write.input_tokens
  `
    .trim()
    .split(/\s+/),
]);

/** Of these, names that a person, a repository or a model chose: kept as everywhere else (`asName`). */
const nameKeys: ReadonlySet<string> = new Set(
  `model final_model agent.name skill.name plugin.name marketplace.name mcp_server.name mcp_tool.name agent_type
    tool_name skill_name subagent_type gen_ai.request.model workflow.name`.split(/\s+/),
);

const keptOfOthers = new Set(foreignAttributes);

/** Maximum length of these values: a name or an id, not a text. */
const MAX_LENGTH = 100;

/** Maximum length of a resource attribute. */
const MAX_LABEL_LENGTH = 500;

/** Attributes of any record that name people, accounts or machines. */
const personal =
  /^(?:user\.|enduser\.|user_?(?:id|name)$|e-?mail$|account_?(?:id|uuid)$|organization\.|client\.address|host\.(?:name|id|ip|mac)|process\.(?:command|owner|executable|working))/;

/** Bounded, so that the time is linear in the length of the text. */
const address = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]/;

/** The attributes of a record that may be kept, as text, in the order of their keys. */
export function keepAttributes(attributes: Attributes, origin: Origin): Record<string, string> {
  const names = isClaudeCode(origin) ? keptOfClaudeCode : keptOfOthers;
  return isClaudeCode(origin)
    ? keep(attributes, (key) => names.has(key), MAX_LENGTH, KIND_OR_NAME, nameKeys)
    : keep(attributes, (key) => names.has(key), MAX_LENGTH, ONE_WORD);
}

/**
 * The attributes of a resource or scope that may be kept. Those of Claude Code were chosen by the person who runs it
 * (team, cost centre …), so all are kept, except people and addresses.
 */
export function keepOriginAttributes(attributes: Attributes, origin: Origin): Record<string, string> {
  return isClaudeCode(origin)
    ? keep(attributes, (key) => !personal.test(key), MAX_LABEL_LENGTH, ANY)
    : keep(attributes, (key) => keptOfOthers.has(key), MAX_LENGTH, ONE_WORD);
}

/** The body of a log record if it may be kept: the name of one of Claude Code's events. Any other body is free text. */
export function keepBody(body: Value, origin: Origin): string {
  const text = isClaudeCode(origin) ? textOf(body) : '';
  return /^claude_code\.\w{1,60}$/.test(text) ? text : '';
}

/**
 * The name of a span, an event, a metric or a scope. By convention it is short and the same for all of its kind (`GET
 * /orders/{id}`, `chat some-model`). Any other name may be free text and is replaced by a hash.
 */
export function keepLabel(label: string): string {
  const text = redactText(label);
  if (text === '' || LABEL.test(text)) return text;
  return `other-${identify('label', text).slice(0, 8)}`;
}

/** At most three words. */
const LABEL = /^(?=.{1,120}$)[\w.:/{}*<>()[\]#+@-]+(?: [\w.:/{}*<>()[\]#+@-]+){0,2}$/;

/** A unit, a severity or a schema URL: a short word, else nothing. */
export function keepWord(text: string): string {
  return isUnit(text) ? redactText(text) : '';
}

/**
 * The message of a span's status: an error class of one word. That of Claude Code may be the output of a command and is
 * dropped.
 */
export function keepStatusMessage(message: string, origin: Origin): string {
  return isClaudeCode(origin) ? '' : keepWord(message);
}

/** The descriptions of Claude Code's metrics begin like this. */
const DESCRIPTION = /^(?:Number of|Count of|Cost of|Total)(?: [A-Za-z'(][A-Za-z',()/-]{0,20}){1,40}$/;

/** The description of a metric. Those of Claude Code are plain words; any other may be free text. */
export function keepDescription(description: string, origin: Origin): string {
  return isClaudeCode(origin) && description.length <= 200 && DESCRIPTION.test(description)
    ? redactText(description)
    : '';
}

/**
 * Allowed shapes of values: a label that a person chose, of any text; a kind, a number or an id of Claude Code, also a
 * list of them; and one word for attributes of other programs, which may contain anything.
 */
const ANY = /^/;
const KIND_OR_NAME = /^(?:[\w.:/{}*<>()[\]#+,"@-]+(?: [\w.:/{}*<>()[\]#+,"@-]+){0,2})?$/;
const ONE_WORD = /^\S*$/;

/** @param names the attributes whose values are names */
function keep(
  attributes: Attributes,
  isKept: (key: string) => boolean,
  maxLength: number,
  shape: RegExp,
  names: ReadonlySet<string> = new Set(),
) {
  const kept: [string, string][] = [];
  for (const key of [...attributes.keys()].sort()) {
    const value = attributes.get(key) ?? null;
    if (!isKept(key) || holdsObject(value)) continue;
    const text = textOf(value);
    if (text.length > maxLength || (text.includes('@') && address.test(text))) continue;
    if (names.has(key)) kept.push([key, asName(text)]);
    else if (shape.test(text) && !isPath(text)) kept.push([key, text]);
  }
  // Before the identity of the row is computed from it.
  return redactColumns(Object.fromEntries(kept));
}

/** Objects are dropped: their members can have any name and are on no allow-list. */
function holdsObject(value: Value): boolean {
  return value instanceof Map || (Array.isArray(value) && value.some(holdsObject));
}
