/** The rows of texts (tiers 2 and 3), alike from hooks and transcripts. */
import type { ContentRow } from '../datasources/index.js';
import { contentKinds, type ContentKind, type KeptText } from './privacy/contents.js';
import { identify } from './identity.js';
import type { SignalRow } from './row.js';

/** A text and what it belongs to. */
export interface Content {
  kind: ContentKind;
  kept: KeptText;
  /** Empty if the text is no tool's. */
  toolName: string;
  toolUseId: string;
  /** Identifies a prompt that has no id. */
  placeId: string;
}

type Shared = Omit<
  ContentRow,
  'event_id' | 'kind' | 'tier' | 'tool_name' | 'tool_use_id' | 'text' | 'characters' | 'is_cut' | 'version'
>;

/**
 * The row of a text. Its identity is that of the call or the prompt that it belongs to. An answer has no id that every
 * source knows: the same text in the same prompt and thread is one answer.
 */
export function contentRow(content: Content, shared: Shared, version: number): SignalRow {
  const { kind, kept, toolName, toolUseId } = content;
  return {
    table: 'contents',
    row: {
      ...shared,
      event_id: identify(`content_${kind}`, shared.session_id, ...placeOf(content, shared)),
      kind,
      tier: contentKinds[kind],
      tool_name: toolName,
      tool_use_id: toolUseId,
      text: kept.text,
      characters: kept.characters,
      is_cut: kept.isCut ? 1 : 0,
      version,
    },
  };
}

function placeOf({ kind, kept, toolUseId, placeId }: Content, { prompt_id, agent_id }: Shared): string[] {
  if (toolUseId !== '') return [toolUseId];
  if (kind === 'prompt') return [agent_id, prompt_id === '' ? placeId : prompt_id];
  return [agent_id, prompt_id, kept.text];
}
