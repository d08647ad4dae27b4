/** Reads the usage of a response: its counts, and the calls that are billed beside it. */
import { asObject, type Json } from '../../base/json/json.js';
import { asId } from '../privacy/name.js';
import type { Usage } from '../pricing.js';

/** The usage on a response line; undefined if it has none, or the client made the line up. */
export function usageOf(line: Json): Json | undefined {
  if (line.type !== 'assistant' || line.isApiErrorMessage === true) return undefined;
  const message = asObject(line.message);
  return message?.model === '<synthetic>' ? undefined : asObject(message?.usage);
}

/** Whether a line is a response of a model that does not say what it used. */
export function lacksUsage(line: Json): boolean {
  const model = asObject(line.message)?.model;
  return (
    line.type === 'assistant' &&
    line.isApiErrorMessage !== true &&
    typeof model === 'string' &&
    model !== '<synthetic>' &&
    usageOf(line) === undefined
  );
}

/** The usage of a declined request: what the client notes of it is not billed. */
export const nothingUsed: Usage = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheCreation5m: 0,
  cacheCreation1h: 0,
  webSearches: 0,
  speed: '',
  serviceTier: '',
  inferenceGeo: '',
};

/**
 * The kinds of `usage.iterations` that are billed beside the response: the calls of an advisor, which has a model of its
 * own, and compactions by the server.
 */
export const BESIDE: ReadonlySet<string> = new Set(['advisor_message', 'compaction']);

/**
 * The kinds of `usage.iterations` that are attempts at the answer. The counts of a response include them or, after a
 * fallback, those of the model that answered. An attempt that was declined before any output is not billed, whatever
 * its count of tokens; one that was declined in the middle of its answer is billed at the price of its own model.
 *
 * Source: platform.claude.com, "Refusals and fallback".
 */
export const ATTEMPTS: ReadonlySet<string> = new Set(['message', 'fallback_message']);

/** Largest count that the store holds. */
const MOST_COUNT = 2 ** 32 - 1;

/**
 * A count of tokens: 0 if it is missing, NaN if it is not a number. Some gateways send numbers as text, which are read
 * as what they say.
 */
function countIn(value: unknown): number {
  if (value === undefined || value === null) return 0;
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && count >= 0 && count <= MOST_COUNT ? Math.round(count) : NaN;
}

/** The counts of a usage; undefined if one of them is not a number. */
export function readUsage(usage: Json): Usage | undefined {
  const creation = asObject(usage.cache_creation);
  const oneHour = countIn(creation?.ephemeral_1h_input_tokens);
  const fiveMinutes = countIn(creation?.ephemeral_5m_input_tokens);
  const total = Math.max(countIn(usage.cache_creation_input_tokens), oneHour + fiveMinutes);
  const input = countIn(usage.input_tokens);
  const output = countIn(usage.output_tokens);
  const cacheRead = countIn(usage.cache_read_input_tokens);
  const webSearches = countIn(asObject(usage.server_tool_use)?.web_search_requests);
  if (Number.isNaN(total + input + output + cacheRead + webSearches)) return undefined;
  return {
    input,
    output,
    cacheRead,
    // The parts may sum to less than the total; the rest counts as written for five minutes.
    cacheCreation5m: total - oneHour,
    cacheCreation1h: oneHour,
    webSearches,
    speed: kindOf(usage.speed),
    serviceTier: kindOf(usage.service_tier),
    inferenceGeo: kindOf(usage.inference_geo),
  };
}

/** What {@link asId} makes of the few kinds that usages have. */
const kinds = new Map<string, string>();
const MOST_KINDS = 100;

function kindOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const known = kinds.get(value);
  if (known !== undefined) return known;
  const kind = asId(value);
  if (kinds.size < MOST_KINDS) kinds.set(value, kind);
  return kind;
}
