/**
 * What OpenTelemetry may tell at tier 1. Claude Code's records are read by an allow-list: an attribute that is
 * not named here is dropped, because a release may bring one that holds what somebody wrote. So are other programs'
 * records, by a list of OpenTelemetry's own names. Secrets are redacted here already, because the identity of a row of
 * the generic tables is made of its content.
 */
import { identify } from '../identity.js';
import { redactText } from './redact-text.js';
import { redactColumns } from './redacted-row.js';
import { isUnit } from './word.js';
import { payloadFields } from '../otel/claude/payload.js';
import { foreignAttributes } from './foreign-attributes.js';
import { isClaudeCode, type Origin } from '../otel/origin.js';
import { textOf, type Attributes, type Value } from '../otel/value.js';

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

const keptOfOthers = new Set(foreignAttributes);

/** Longest value of these: a name or an id, not a text. */
const MAX_LENGTH = 100;

/** Longest label of a resource. */
const MAX_LABEL_LENGTH = 500;

/** Names of people, accounts and machines, in whatever record. */
const personal =
  /^(?:user\.|enduser\.|user_?(?:id|name)$|e-?mail$|account_?(?:id|uuid)$|organization\.|client\.address|host\.(?:name|id|ip|mac)|process\.(?:command|owner|executable|working))/;

/** Bounded, so that a long text costs no more than its length. */
const address = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]/;

/** The attributes of a record that may be kept, as text, in the order of their keys. */
export function keepAttributes(attributes: Attributes, origin: Origin): Record<string, string> {
  const names = isClaudeCode(origin) ? keptOfClaudeCode : keptOfOthers;
  return keep(attributes, (key) => names.has(key), MAX_LENGTH, isClaudeCode(origin) ? ANY : ONE_WORD);
}

/**
 * The attributes of a resource or scope that may be kept. Of Claude Code's, whoever runs it chose them (team, cost
 * centre …), so that they stay, but for people and addresses.
 */
export function keepOriginAttributes(attributes: Attributes, origin: Origin): Record<string, string> {
  return isClaudeCode(origin)
    ? keep(attributes, (key) => !personal.test(key), MAX_LABEL_LENGTH, ANY)
    : keep(attributes, (key) => keptOfOthers.has(key), MAX_LENGTH, ONE_WORD);
}

/** The body of a log that may be kept: the name of one of Claude Code's events. Any other body is a text. */
export function keepBody(body: Value, origin: Origin): string {
  const text = isClaudeCode(origin) ? textOf(body) : '';
  return /^claude_code\.\w{1,60}$/.test(text) ? text : '';
}

/**
 * The name of a span, an event, a metric or a scope. Conventions keep it short and the same for all of a kind
 * (`GET /orders/{id}`, `chat some-model`): what does not look so may be a text, and is known by a hash.
 */
export function keepLabel(label: string): string {
  const text = redactText(label);
  if (text === '' || LABEL.test(text)) return text;
  return `other-${identify('label', text).slice(0, 8)}`;
}

/** At most three words. */
const LABEL = /^(?=.{1,120}$)[\w.:/{}*<>()[\]#+@-]+(?: [\w.:/{}*<>()[\]#+@-]+){0,2}$/;

/** A unit, a severity, the address of a schema: a short word, or nothing. */
export function keepWord(text: string): string {
  return isUnit(text) ? redactText(text) : '';
}

/** The message of a span's status: a class of errors in one word. Claude Code's may be a command's output. */
export function keepStatusMessage(message: string, origin: Origin): string {
  return isClaudeCode(origin) ? '' : keepWord(message);
}

/** What a metric is for, as its maker wrote it: Claude Code's are known, another's may be any text. */
export function keepDescription(description: string, origin: Origin): string {
  return isClaudeCode(origin) && description.length <= 200 ? description : '';
}

/** What a value of Claude Code's may look like; and one of another program's, whose attributes may hold anything. */
const ANY = /^/;
const ONE_WORD = /^\S*$/;

function keep(attributes: Attributes, isKept: (key: string) => boolean, maxLength: number, shape: RegExp) {
  const kept: [string, string][] = [];
  for (const key of [...attributes.keys()].sort()) {
    const value = attributes.get(key) ?? null;
    if (!isKept(key) || holdsObject(value)) continue;
    const text = textOf(value);
    if (text.length <= maxLength && shape.test(text) && !(text.includes('@') && address.test(text)))
      kept.push([key, text]);
  }
  // Before the identity of the row is made of it.
  return redactColumns(Object.fromEntries(kept));
}

/** An object has members of any name: nobody named them as harmless. */
function holdsObject(value: Value): boolean {
  return value instanceof Map || (Array.isArray(value) && value.some(holdsObject));
}
