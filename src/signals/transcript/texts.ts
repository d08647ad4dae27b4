/** The texts of a transcript's line, for privacy tiers 2 and 3: prompts, answers, thinking, tool input and output. */
import { asArray, asObject, asText, isObject, type Json } from '../../base/json/json.js';
import { contentKinds, keptText, shownText, type ContentKind, type KeptText } from '../privacy/contents.js';
import type { Tier } from '../privacy/tier.js';
import { asId } from '../privacy/name.js';
import { isClientsText, isTypedCommand, textWithin, typedName } from './markup.js';
import type { EpochMs } from '../../base/time/units.js';

/** A text of a line, redacted and cut. */
export interface LineText {
  kind: ContentKind;
  kept: KeptText;
  /** The tool call that it belongs to; empty if there is none. */
  toolUseId: string;
}

/** A text of a transcript. */
export interface TranscriptText extends LineText {
  at: EpochMs;
  toolName: string;
  promptId: string;
  /** The line's own id. */
  uuid: string;
  copy: boolean;
  /** Offset after its line in the file. */
  end: number;
}

/**
 * The texts of an `assistant` line, or of a `user` line, that a tier keeps. A user line holds results of tools, or a
 * prompt.
 *
 * @param isPrompt whether the line is a prompt if it has no results
 */
export function textsOf(line: Json, tier: Tier, isPrompt: boolean): LineText[] {
  const content = asObject(line.message)?.content;
  const blocks = asArray(content).filter(isObject);
  const found = line.type === 'assistant' ? blocks.map(ofAnswer) : ofUser(content, blocks, isPrompt);
  return found.flatMap(({ kind, value, toolUseId }) => {
    const kept = contentKinds[kind] > tier ? undefined : keptText(value);
    return kept === undefined ? [] : [{ kind, kept, toolUseId }];
  });
}

interface Found {
  kind: ContentKind;
  value: unknown;
  toolUseId: string;
}

function ofAnswer({ type, text, thinking, id, input }: Json): Found {
  if (type === 'tool_use') return { kind: 'tool_input', value: input, toolUseId: asId(id) };
  if (type === 'thinking') return { kind: 'thinking', value: thinking, toolUseId: '' };
  return { kind: 'answer', value: type === 'text' ? text : undefined, toolUseId: '' };
}

function ofUser(content: unknown, blocks: readonly Json[], isPrompt: boolean): Found[] {
  const results = blocks.filter(({ type }) => type === 'tool_result');
  if (results.length > 0)
    return results.map((block) => ({
      kind: 'tool_output',
      value: shownText(block.content),
      toolUseId: asId(block.tool_use_id),
    }));
  // In a list, what the client wrote stands beside what the user typed.
  const texts =
    typeof content === 'string'
      ? [content]
      : blocks.flatMap(({ text }) => asText(text) ?? []).filter((text) => !isClientsText(text));
  const value = asTyped(texts.join('\n'));
  return isPrompt && !value.startsWith('[Request interrupted')
    ? [{ kind: 'prompt', value, toolUseId: '' }]
    : [];
}

/** What the user typed where the client wrote markup: `/name arguments`. */
function asTyped(text: string): string {
  const name = isTypedCommand(text) ? typedName(text) : undefined;
  if (name === undefined) return text;
  const args = textWithin('command-args', text) ?? '';
  return `/${name}${args === '' ? '' : ` ${args}`}`;
}
