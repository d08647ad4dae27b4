/**
 * The allow-lists of tiers 2 and 3: which texts are kept, from which tier on, and where a hook's payload has them. A
 * field that is not listed never leaves the inbox, at any tier.
 */
import type { contentKindNames } from '../../datasources/content-kinds.js';
import { asText, isObject, type Json } from '../../base/json/json.js';
import { redactText, redactValue } from './redact-text.js';
import type { Tier } from './tier.js';

/** The kinds of text, each with the lowest tier that keeps it. */
export const contentKinds: Readonly<Record<ContentKind, Tier>> = {
  prompt: 2,
  tool_input: 2,
  answer: 3,
  thinking: 3,
  tool_output: 3,
};

export type ContentKind = (typeof contentKindNames)[number];

/** The texts in the payload of each hook event: field and kind. */
export const hookContents: Readonly<Record<string, Readonly<Record<string, ContentKind>>>> = {
  UserPromptSubmit: { prompt: 'prompt' },
  UserPromptExpansion: { prompt: 'prompt' },
  PreToolUse: { tool_input: 'tool_input' },
  PostToolUse: { tool_input: 'tool_input', tool_response: 'tool_output' },
  PostToolUseFailure: { tool_input: 'tool_input', error: 'tool_output' },
  Stop: { last_assistant_message: 'answer' },
  SubagentStop: { last_assistant_message: 'answer' },
};

/** Most characters of a text that are kept, UTF-16 units. */
export const MOST_CHARACTERS = 32_768;

/**
 * Longer texts are cut before secrets are looked for: the search takes time, and stack for one endless word. Images as
 * text are of that length.
 */
const MOST_SEARCHED = 200_000;
/** Half of a secret at that cut may be left unseen, so this much before it is not kept. */
const LONGEST_SECRET = 10_000;

/** A text that may be stored. */
export interface KeptText {
  text: string;
  /** Length before it was cut. */
  characters: number;
  isCut: boolean;
}

/**
 * A text without secrets, cut to the limit; undefined if there is none. Secrets are removed first: half of one would no
 * longer be recognised.
 */
export function keptText(value: unknown): KeptText | undefined {
  const isLong = typeof value === 'string' && value.length > MOST_SEARCHED;
  const safe =
    typeof value === 'string'
      ? redactText(value.slice(0, MOST_SEARCHED))
      : jsonOf(redactValue(withoutEndless(value)));
  if (safe === '') return undefined;
  const room = isLong ? Math.max(0, safe.length - LONGEST_SECRET) : safe.length;
  return {
    text: cut(safe, Math.min(MOST_CHARACTERS, room)).toWellFormed(),
    characters: isLong ? value.length : safe.length,
    isCut: isLong || safe.length > MOST_CHARACTERS,
  };
}

/** A structured value in which texts that are too long to be searched are replaced by their length. */
function withoutEndless(value: unknown): unknown {
  if (typeof value === 'string') return value.length > MOST_SEARCHED ? `[${value.length} characters]` : value;
  if (Array.isArray(value)) return value.map(withoutEndless);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutEndless(member)]));
}

/**
 * The texts of a tool's blocks, as the model saw them: `[{"type":"text","text":"…"}]` is its text. An image is only
 * named.
 */
export function shownText(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const blocks: unknown[] = value;
  const texts = blocks.map((block) =>
    !isObject(block) ? undefined : block.type === 'image' ? '[image]' : asText(block.text),
  );
  return texts.every((text) => text !== undefined) ? texts.join('\n') : value;
}

/** The texts of a hook's payload that a tier keeps. */
export function textsIn(event: string, payload: Json, tier: Tier): { kind: ContentKind; kept: KeptText }[] {
  const fields = Object.hasOwn(hookContents, event) ? (hookContents[event] ?? {}) : {};
  return Object.entries(fields).flatMap(([field, kind]) => {
    const kept = contentKinds[kind] > tier ? undefined : keptText(shownText(payload[field]));
    return kept === undefined ? [] : [{ kind, kept }];
  });
}

function jsonOf(value: unknown): string {
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const whole = text.slice(0, length);
  // Not within a pair of surrogates.
  return /[\uD800-\uDBFF]$/.test(whole) ? whole.slice(0, -1) : whole;
}
