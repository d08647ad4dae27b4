/** A Messages API that answers the real client according to the plan in its prompt. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  messagesRequest,
  streamOf,
  textsOf,
  type AnswerBlock,
  type Message,
  type MessagesRequest,
  type Usage,
} from './message.js';
import { findPlan, parsePlan, type Action, type Step } from './plan.js';

/** One answered request to /v1/messages: the expected values for telemetry. */
export interface AnsweredRequest {
  /** 1 for the first request to this server, 2 for the second, in the order of arrival. */
  n: number;
  request_id: string;
  /** null if the answer was an error. */
  message_id: string | null;
  model: string;
  /** The step of the plan; '' if the conversation has no plan or the plan has ended. */
  step: string;
  /** null if the answer was an error, which costs nothing, or broke off, which the client charges by an estimate. */
  usage: Usage | null;
  status: number;
  session_id: string | null;
  /** The subagent's id (`agent_id` in hooks) if the request came from one. */
  agent: string | null;
  streamed: boolean;
  tools: string[];
  /** All texts of the request: the system prompt, then the messages in order; tool results as JSON. */
  texts: () => string[];
  /** The body as it arrived. */
  body: MessagesRequest;
}

/** How long the client has to read what comes before its stream breaks off, milliseconds. */
const BREAK_AFTER_MS = 500;

/** Options that a test may set. */
export interface ScriptedApiOptions {
  /** The usage of request n. Default: `usageOf`. */
  usage?: (request: { n: number; model: string; step: string }) => Usage;
  /** Delay before each answer, in ms. Default: 0. */
  delayMs?: number;
  /** Delay before each event of a streamed answer, in ms. Default: 0, the whole answer at once. */
  streamDelayMs?: number;
}

/** A running scripted API. */
export interface ScriptedApi extends AsyncDisposable {
  /** Base URL for ANTHROPIC_BASE_URL. */
  url: string;
  /** All answered requests to /v1/messages, in the order of arrival. */
  requests: AnsweredRequest[];
  /** All other requests, as `METHOD /path`. */
  others: string[];
}

/** The default usage of request n: every kind of token, all different, easy to add up by hand. */
export function usageOf(n: number): Usage {
  return {
    input_tokens: 1000 + n,
    output_tokens: 100 + n,
    cache_creation_input_tokens: 30 * n,
    cache_read_input_tokens: 5000 + 100 * n,
    cache_creation: { ephemeral_5m_input_tokens: 20 * n, ephemeral_1h_input_tokens: 10 * n },
    service_tier: 'standard',
  };
}

/**
 * Starts a Messages API on 127.0.0.1 that answers as the plan in the prompt says (see plan.ts). Without a plan, or
 * after its end, the answer is the text `ok`. Stop it with `await using` or `[Symbol.asyncDispose]()`.
 */
export async function startScriptedApi(options: ScriptedApiOptions = {}): Promise<ScriptedApi> {
  const { delayMs = 0, streamDelayMs = 0 } = options;
  // As the API's own ids begin: nobody gives such an id twice.
  const prefix = `011C${randomBytes(6).toString('hex')}`;
  const refused = new Set<string>();
  const broken = new Set<string>();
  const requests: AnsweredRequest[] = [];
  const others: string[] = [];

  async function answerMessages(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = messagesRequest.parse(JSON.parse(await readText(request)));
    const n = requests.length + 1;
    const answered: AnsweredRequest = {
      n,
      request_id: `req_${prefix}${n}`,
      message_id: null,
      model: body.model,
      step: '',
      usage: null,
      status: 200,
      session_id: header(request, 'x-claude-code-session-id'),
      agent: header(request, 'x-claude-code-agent-id'),
      streamed: body.stream === true,
      tools: body.tools?.flatMap((tool) => tool.name ?? []) ?? [],
      texts: () => allTexts(body),
      body,
    };
    requests.push(answered);
    response.setHeader('request-id', answered.request_id);

    const place = locate(body);
    let step: Step | undefined;
    try {
      step = place && parsePlan(place.plan)[place.turn];
    } catch (error) {
      answered.status = 400;
      sendJson(response, 400, apiError('invalid_request_error', String(error)));
      return;
    }
    answered.step = step?.text ?? '';
    await sleep(delayMs, undefined, { ref: false });

    // The client repeats an overloaded request exactly: the second one gets an answer.
    const key = `${answered.session_id ?? ''} ${answered.agent ?? ''} ${body.messages.length} ${answered.step}`;
    if (step?.overloaded === true && !refused.has(key)) {
      refused.add(key);
      answered.status = 529;
      response.setHeader('retry-after', '0');
      sendJson(response, 529, apiError('overloaded_error', 'Overloaded'));
      return;
    }

    answered.message_id = `msg_${prefix}${n}`;
    const breaks = step?.broken === 'always' || (step?.broken === 'once' && !broken.has(key));
    broken.add(key);
    answered.usage = options.usage?.({ n, model: body.model, step: answered.step }) ?? usageOf(n);
    const content = (step?.actions ?? [{ verb: 'say', text: 'ok' } satisfies Action]).map((action, index) =>
      blockOf(action, `toolu_${prefix}${n}x${index}`, answered),
    );
    const message: Message = {
      id: answered.message_id,
      type: 'message',
      role: 'assistant',
      model: body.model,
      content,
      stop_reason: content.some((each) => each.type === 'tool_use') ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      usage: answered.usage,
    };
    if (breaks) {
      // What it would have cost counts for nothing: no answer came whole.
      answered.usage = null;
      if (answered.streamed) {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
        for (const event of streamOf(message).slice(0, 3))
          await new Promise((resolve) => {
            response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, resolve);
          });
      }
      // Ended and not destroyed, and not at once: on a busy machine the client would find the end together with what was
      // sent before it, and count nothing.
      await sleep(BREAK_AFTER_MS, undefined, { ref: false });
      response.socket?.end();
      return;
    }
    if (!answered.streamed) {
      sendJson(response, 200, message);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    for (const event of streamOf(message)) {
      if (streamDelayMs > 0) await sleep(streamDelayMs, undefined, { ref: false });
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    response.end();
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && pathname === '/v1/messages') {
      await answerMessages(request, response);
      return;
    }
    others.push(`${request.method ?? ''} ${pathname}`);
    const sent = await readText(request);
    if (pathname === '/v1/messages/count_tokens') {
      sendJson(response, 200, { input_tokens: Math.ceil(sent.length / 4) });
    } else if (pathname === '/') {
      response.writeHead(200).end();
    } else {
      sendJson(response, 404, apiError('not_found_error', `The scripted API does not serve ${pathname}`));
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 400, apiError('invalid_request_error', String(error)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    others,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * The state of a conversation: the latest plan in a user's text, and the number of responses after it. Text that the
 * client itself adds to user messages (reminders, notices of finished subagents) is ignored.
 */
function locate(body: MessagesRequest): { plan: string; turn: number } | undefined {
  for (let index = body.messages.length - 1; index >= 0; index -= 1) {
    const message = body.messages[index];
    if (message?.role !== 'user') continue;
    const plans = textsOf(message.content).flatMap((text) => findPlan(withoutClientText(text)) ?? []);
    const plan = plans.at(-1);
    if (plan === undefined) continue;
    const turn = body.messages.slice(index + 1).filter(({ role }) => role === 'assistant').length;
    return { plan, turn };
  }
  return undefined;
}

function withoutClientText(text: string): string {
  return text.replace(/<(system-reminder|task-notification)>[^]*?<\/\1>/g, '');
}

/**
 * The response block for an action. A call uses the tool name that the client offers: `Task` is the former name of
 * `Agent`.
 */
function blockOf(action: Action, id: string, { n, tools }: AnsweredRequest): AnswerBlock {
  const call = (name: string, input: Record<string, unknown>): AnswerBlock => ({
    type: 'tool_use',
    id,
    name,
    input,
  });
  switch (action.verb) {
    case 'say':
      return { type: 'text', text: action.text };
    case 'bash':
      return call('Bash', { command: action.command, description: 'Runs a step of the plan' });
    case 'read':
      return call('Read', { file_path: action.file });
    case 'write':
      return call('Write', { file_path: action.file, content: `Written by request ${n}.\n` });
    case 'call':
      return call(action.name, action.input);
    case 'skill':
      return call('Skill', { skill: action.name, ...(action.args === '' ? {} : { args: action.args }) });
    case 'agent':
      return call(!tools.includes('Agent') && tools.includes('Task') ? 'Task' : 'Agent', {
        description: `Run ${action.type}`,
        prompt: action.prompt,
        subagent_type: action.type,
        ...(action.background === undefined ? {} : { run_in_background: action.background }),
      });
  }
}

function allTexts(body: MessagesRequest): string[] {
  const inMessages = body.messages.flatMap(({ content }) => {
    const results = typeof content === 'string' ? [] : content.filter(({ type }) => type === 'tool_result');
    return [...textsOf(content), ...results.map((each) => JSON.stringify(each.content))];
  });
  return [...textsOf(body.system), ...inMessages];
}

function header(request: IncomingMessage, name: string): string | null {
  return z.string().safeParse(request.headers[name]).data ?? null;
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('The scripted API has no TCP port');
  return address.port;
}

function apiError(type: string, message: string): Record<string, unknown> {
  return { type: 'error', error: { type, message } };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
