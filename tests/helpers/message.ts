import { z } from 'zod';

/** The part of the Messages API that the scripted API understands. Other fields of a request are kept unread. */

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.unknown().optional(),
});
const content = z.union([z.string(), z.array(block)]);

/** The body of a POST to /v1/messages. */
export const messagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  system: content.optional(),
  messages: z.array(z.looseObject({ role: z.string(), content })),
  tools: z.array(z.looseObject({ name: z.string().optional() })).optional(),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;

/** Tokens of one response, as the API reports them. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  service_tier: 'standard';
  speed?: 'standard' | 'fast';
  inference_geo?: string;
  server_tool_use?: { web_search_requests: number };
}

/** One block of a response. */
export type AnswerBlock =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> };

/** A whole response. */
export interface Message {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: AnswerBlock[];
  stop_reason: 'end_turn' | 'tool_use';
  stop_sequence: null;
  usage: Usage;
}

/** The texts of a content value, without tool results. */
export function textsOf(value: z.infer<typeof content> | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  return value.flatMap((each) => (each.type === 'text' && each.text !== undefined ? [each.text] : []));
}

/**
 * The server-sent events of a streamed response, in order. As in the real API, `message_start` has a placeholder of one
 * output token, and `message_delta` has the final counts.
 */
export function streamOf(message: Message): { type: string; [key: string]: unknown }[] {
  return [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } },
    },
    ...message.content.flatMap((each, index) => [
      { type: 'content_block_start', index, content_block: emptied(each) },
      { type: 'content_block_delta', index, delta: deltaOf(each) },
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: message.usage,
    },
    { type: 'message_stop' },
  ];
}

function emptied(each: AnswerBlock): AnswerBlock {
  return each.type === 'text' ? { ...each, text: '' } : { ...each, input: {} };
}

function deltaOf(each: AnswerBlock): Record<string, string> {
  return each.type === 'text'
    ? { type: 'text_delta', text: each.text }
    : { type: 'input_json_delta', partial_json: JSON.stringify(each.input) };
}
