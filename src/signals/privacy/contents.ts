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

/** Deepest nesting, and longest name of a member, that a structured value keeps. */
const DEEPEST = 200;
const LONGEST_NAME = 1_000;

/**
 * A text without secrets, cut to the limit; undefined if there is none. Secrets are removed first: half of one would no
 * longer be recognised. Never throws: what cannot be made safe becomes `[a text that cannot be read]`, because a text
 * must not cost a session its other rows.
 */
export function keptText(value: unknown): KeptText | undefined {
  try {
    return typeof value === 'string' ? keptString(value) : keptValue(value);
  } catch {
    const text = '[a text that cannot be read]';
    return { text, characters: typeof value === 'string' ? value.length : text.length, isCut: true };
  }
}

function keptString(value: string): KeptText | undefined {
  const isLong = value.length > MOST_SEARCHED;
  const safe = redactText(value.slice(0, MOST_SEARCHED));
  if (safe === '') return undefined;
  const room = isLong ? Math.max(0, safe.length - LONGEST_SECRET) : safe.length;
  return {
    text: cut(safe, Math.min(MOST_CHARACTERS, room)).toWellFormed(),
    characters: isLong ? value.length : safe.length,
    isCut: isLong || safe.length > MOST_CHARACTERS,
  };
}

/** A structured value, as JSON. */
function keptValue(value: unknown): KeptText | undefined {
  if (value === undefined || value === null) return undefined;
  const left = { out: false };
  const safe = JSON.stringify(redactValue(bounded(value, left, 0)));
  return {
    text: cut(safe, MOST_CHARACTERS).toWellFormed(),
    characters: safe.length,
    isCut: left.out || safe.length > MOST_CHARACTERS,
  };
}

/**
 * A structured value in which a text or a name that is too long to be searched is replaced by its length, and what is
 * nested too deeply by a remark.
 *
 * @param left notes whether anything was replaced
 */
function bounded(value: unknown, left: { out: boolean }, depth: number): unknown {
  if (typeof value === 'string') return shortOr(value, MOST_SEARCHED, left);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) {
    left.out = true;
    return '[nested too deeply]';
  }
  if (Array.isArray(value)) return value.map((item) => bounded(item, left, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown], n) => {
      const short = shortOr(name, LONGEST_NAME, left);
      // Two such names may be of the same length.
      return [short === name ? name : `${n + 1}: ${short}`, bounded(member, left, depth + 1)];
    }),
  );
}

function shortOr(text: string, most: number, left: { out: boolean }): string {
  if (text.length <= most) return text;
  left.out = true;
  return `[${text.length} characters]`;
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

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const whole = text.slice(0, length);
  // Not within a pair of surrogates.
  return /[\uD800-\uDBFF]$/.test(whole) ? whole.slice(0, -1) : whole;
}
